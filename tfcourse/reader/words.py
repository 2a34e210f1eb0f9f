"""The words of the reader's pages in English and Traditional Chinese. Each page has both, and shows one."""

from __future__ import annotations

from markupsafe import Markup

WORDS: dict[str, str] = {
    "Skip to the content": "跳到內容",
    "Contents": "目錄",
    "Previous": "上一頁",
    "Next": "下一頁",
    "Pages": "頁面",
    "Light or dark": "亮色或暗色",
    "Help": "說明",
    "Close": "關閉",
    "Keys": "按鍵",
    "next slide": "下一張投影片",
    "previous slide": "上一張投影片",
    "search the titles": "搜尋標題",
    "light the line of a node, or the nodes of a line": "點亮節點的程式碼，或程式碼的節點",
    "move between the lines or the nodes": "在各行或各節點之間移動",
    "light nothing": "取消點亮",
    "this help": "這份說明",
    "Code": "程式碼",
    "Graph": "",
    "Formulas": "公式",
    "Command": "指令",
    "Copy": "複製",
    "Copied": "已複製",
    "Where the deck errs, leaks or leaves something out": "教材的錯誤、資料洩漏或省略",
    "The lines of this slide": "這張投影片的程式碼",
    "The whole file is this slide's": "整個檔案都屬於這張投影片",
    "Files": "檔案",
    "Lit in the graph": "在 graph 中點亮",
    "Click a node to light its line, a line to light its nodes.":
        "點選節點會點亮它的程式碼，點選程式碼會點亮它的節點。",
    "The graph that TensorFlow built of this lesson, with its default sizes. “batch” is the number of rows "
    "in a batch; “?” depends on the rows.":
        "TensorFlow 依這份程式建出的 graph，大小為預設值。「batch」是一個 batch 的筆數；"
        "「?」則隨資料而變。",
    "Drawing the graph needs JavaScript; the table below has the same nodes.":
        "畫出 graph 需要 JavaScript；下表有相同的節點。",
    "The graph as a table": "以表格呈現 graph",
    "node": "節點",
    "scope": "",
    "shape": "",
    "operations": "",
    "line": "行",
    "placeholder": "",
    "variable": "",
    "operation": "",
    "update": "更新",
    "changed by training": "由訓練更新",
    "The last training": "最近一次訓練",
    "beside the deck's": "與教材對照",
    "There is no training of this lesson yet. Run": "這個模型還沒有訓練過。請執行",
    "and build the site again.": "，再重新產生網站。",
    "protocol": "",
    "split": "",
    "seed": "",
    "kept epoch": "保留的 epoch",
    "data": "資料",
    "folder": "資料夾",
    "figure": "指標",
    "deck": "教材",
    "this run": "這次訓練",
    "epoch": "",
    "train": "",
    "valid": "",
    "train, deck": "train（教材）",
    "valid, deck": "valid（教材）",
    "The values, one epoch in": "數值，每隔幾個 epoch：",
    "The values of each epoch": "每個 epoch 的數值",
    "Figures at the kept epoch; those without a curve are measured on the test rows.":
        "數值取自保留的 epoch；沒有曲線的指標是在 test 資料上量得。",
    "not measured": "未量測",
    "Search titles and texts": "搜尋標題與文字",
    "slides found": "張投影片符合",
    "code": "程式碼",
    "graph": "",
    "formulas": "公式",
    "note": "註記",
    "Course of 2018 by Gary Chen, CloudMile. Titles, formulas and short quotations are the deck's; the rest "
    "is this project's.":
        "2018 年 CloudMile Gary Chen 的課程。標題、公式與簡短引文出自教材，其餘為本專案所寫。",
    "Every slide beside the code that runs it, the graph that TensorFlow builds of it, and what training "
    "gave.":
        "每張投影片旁邊是可以執行的程式碼、TensorFlow 建出的 graph，以及訓練的結果。",
    "made by the framework, not by a line of the lesson": "由框架產生，不屬於 lesson 的任何一行",
    "starts from": "初始值來自",
    "goes into": "流向",
    "comes from": "來自",
}  # fmt: skip

EN, ZH = "en", "zh-Hant-TW"  # as HTML has them


def chinese(word: str) -> str:
    """The Chinese of a word; the word itself where both are the same.

    Raises:
        KeyError: it is not among ``WORDS``.
    """
    return WORDS[word] or word


def both(word: str) -> Markup:
    """A word in both languages, of which the stylesheet shows one."""
    if chinese(word) == word:
        return Markup("{}").format(word)
    # The page's own language is always that of the word that is shown.
    return Markup('<span class="en">{}</span><span class="zh">{}</span>').format(
        word, chinese(word)
    )


def attribute(name: str, word: str) -> Markup:
    """An attribute with a word in English, and what the script needs to put it in Chinese."""
    return Markup('{0}="{1}" data-words="{0}|{1}|{2}"').format(name, word, chinese(word))
