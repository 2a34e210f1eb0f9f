// What every page has: languages, light and dark, keys, help, formulas, copying, tabs, the search.
(function () {
  "use strict";
  var root = document.documentElement;
  var reader = (window.tfcourse = {});

  function keep(name, value) {
    try { localStorage.setItem("tfcourse-" + name, value); } catch (error) { /* nothing is kept */ }
  }
  function all(selector, within) {
    return Array.prototype.slice.call((within || document).querySelectorAll(selector));
  }
  function on(id, event, run) {
    var element = document.getElementById(id);
    if (element) { element.addEventListener(event, run); }
  }
  reader.all = all;

  // --- languages ---------------------------------------------------------------------------------

  var changed = [];
  reader.onLanguage = function (run) { changed.push(run); run(); };
  reader.word = function (english) {
    var table = window.tfcourseWords || {};
    return root.dataset.lang === "zh-TW" ? table[english] || english : english;
  };
  function speak(language) {
    var chinese = language === "zh-TW";
    root.dataset.lang = language;
    root.lang = chinese ? "zh-Hant-TW" : "en";
    all("[data-words]").forEach(function (element) {
      var parts = element.dataset.words.split("|");
      element.setAttribute(parts[0], parts[chinese ? 2 : 1]);
    });
    var button = document.getElementById("language");
    button.textContent = chinese ? "English" : "中文";
    button.lang = chinese ? "en" : "zh-Hant-TW";
    changed.forEach(function (run) { run(); });
  }
  on("language", "click", function () {
    speak(root.dataset.lang === "zh-TW" ? "en" : "zh-TW");
    keep("lang", root.dataset.lang);
  });

  // --- light and dark ----------------------------------------------------------------------------

  on("theme", "click", function () {
    var dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    keep("theme", root.dataset.theme);
  });

  // --- keys --------------------------------------------------------------------------------------

  var help = document.getElementById("help");
  on("help-open", "click", function () { help.showModal(); });
  on("help-close", "click", function () { help.close(); });

  function follow(selector) {
    var link = document.querySelector(selector);
    if (link) { link.click(); }
  }
  document.addEventListener("keydown", function (event) {
    var writing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.ctrlKey || event.metaKey || event.altKey || help.open || event.defaultPrevented) { return; }
    if (event.key === "Escape" && reader.clear) { reader.clear(); }
    if (writing) { return; }
    var tab = event.target.getAttribute && event.target.getAttribute("role") === "tab";
    // Where something scrolls sideways, the arrows scroll.
    var box = event.target.closest && event.target.closest("pre, .wide, .formula, .canvas");
    var wide = box && box.scrollWidth > box.clientWidth + 1;
    if (event.key === "j" || (event.key === "ArrowRight" && !tab && !wide)) { follow("a[rel=next]"); }
    else if (event.key === "k" || (event.key === "ArrowLeft" && !tab && !wide)) { follow("a[rel=prev]"); }
    else if (event.key === "?") { help.showModal(); }
    else if (event.key === "/") {
      event.preventDefault();
      var search = document.getElementById("search");
      if (search) { search.focus(); } else { location.href = "../index.html#search"; }
    }
  });

  // Focus goes from one to the next of many buttons by the arrows, so that a page has few stops.
  reader.rove = function (elements) {
    elements.forEach(function (element, i) { element.tabIndex = i ? -1 : 0; });
    elements.forEach(function (element, i) {
      element.addEventListener("keydown", function (event) {
        var next = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: elements.length - 1 }[event.key];
        if (elements[next] === undefined) { return; }
        event.preventDefault();
        elements[next].focus();
      });
      element.addEventListener("focus", function () {
        elements.forEach(function (other) { other.tabIndex = other === element ? 0 : -1; });
      });
    });
  };

  // --- formulas ----------------------------------------------------------------------------------

  all(".formula").forEach(function (box) {
    if (!window.katex) { return; }
    try {
      window.katex.render(box.dataset.tex, box, { displayMode: true, throwOnError: true });
    } catch (error) {
      box.classList.add("broken");
      console.error(error);
    }
  });
  function reach() { // a long formula is shrunk; one that scrolls even so can be scrolled by keys
    all(".formula").forEach(function (box) {
      box.style.fontSize = "";
      ["tabindex", "role", "aria-labelledby"].forEach(function (name) { box.removeAttribute(name); });
      if (box.scrollWidth > box.clientWidth) {
        box.style.fontSize = Math.max(0.7, 0.98 * box.clientWidth / box.scrollWidth) + "em";
      }
      if (box.scrollWidth > box.clientWidth) {
        box.tabIndex = 0;
        box.setAttribute("role", "region");
        box.setAttribute("aria-labelledby", "formulas");
      }
    });
  }
  reach();
  document.fonts.ready.then(reach);
  addEventListener("resize", reach);

  // --- copying -----------------------------------------------------------------------------------

  all("[data-copy]").forEach(function (button) {
    button.addEventListener("click", function () {
      var source = document.getElementById(button.dataset.copy);
      var range = document.createRange();
      range.selectNodeContents(source);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      document.execCommand("copy"); // works from the file system too
      var before = button.innerHTML;
      button.textContent = reader.word("Copied");
      setTimeout(function () { button.innerHTML = before; }, 1500);
    });
  });

  // --- files -------------------------------------------------------------------------------------

  var tabs = all("[role=tab]");
  function pane(tab) { return document.getElementById(tab.getAttribute("aria-controls")); }
  reader.lines = function (pane) { return all("pre code > span", pane); };
  all(".pane").forEach(function (own) {
    var html = (window.tfcourseFiles || {})[own.dataset.file];
    if (!html) { return; }
    var box = document.createElement("pre");
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", own.dataset.file);
    box.innerHTML = "<code>" + html + "</code>";
    own.appendChild(box);
  });
  reader.show = function (shown) {
    tabs.forEach(function (tab) {
      var mine = pane(tab) === shown;
      tab.setAttribute("aria-selected", mine ? "true" : "false");
      tab.tabIndex = mine ? 0 : -1;
      pane(tab).hidden = !mine;
    });
  };
  tabs.forEach(function (tab, i) {
    tab.addEventListener("click", function () { reader.show(pane(tab)); });
    tab.addEventListener("keydown", function (event) {
      var next = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (tabs[next] === undefined) { return; }
      event.preventDefault();
      reader.show(pane(tabs[next]));
      tabs[next].focus();
    });
  });

  // Scrolls the box alone, never the page, so that what was clicked stays where it is.
  reader.reveal = function (line) {
    var box = line.closest("pre");
    reader.show(line.closest(".pane"));
    var top = line.offsetTop, end = top + line.offsetHeight;
    if (top < box.scrollTop || end > box.scrollTop + box.clientHeight) {
      box.scrollTop = top - box.clientHeight / 4;
    }
  };
  function target() {
    var line = /^#line-\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (line && line.closest(".pane")) { reader.reveal(line); }
  }

  // --- the list of slides ------------------------------------------------------------------------

  var search = document.getElementById("search");
  function filter() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var count = 0;
    all(".part").forEach(function (part) {
      var shown = all("li", part).filter(function (item) {
        var text = item.dataset.text.toLowerCase();
        item.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
        return !item.hidden;
      });
      part.hidden = !shown.length;
      count += shown.length;
    });
    document.getElementById("found").textContent =
      words.length ? count + " " + reader.word("slides found") : "";
  }
  if (search) {
    search.addEventListener("input", filter);
    on("search-form", "submit", function (event) {
      event.preventDefault();
      var first = all(".part li").filter(function (item) { return !item.hidden; })[0];
      if (first && search.value) { first.querySelector("a").click(); }
    });
    changed.push(filter);
    if (location.hash === "#search") { search.focus(); }
  }

  // --- start -------------------------------------------------------------------------------------

  root.classList.add("scripted");
  speak(root.dataset.lang);
  if (tabs.length) { reader.show(pane(tabs[0])); }
  all("pre").forEach(function (box) {
    var lit = box.querySelector(".lit");
    if (lit) { box.scrollTop = Math.max(0, lit.offsetTop - 3 * lit.offsetHeight); }
  });
  target();
  addEventListener("hashchange", target);
  var closed = [];
  addEventListener("beforeprint", function () {
    closed = all("details:not([open])");
    closed.forEach(function (details) { details.open = true; });
  });
  addEventListener("afterprint", function () {
    closed.forEach(function (details) { details.open = false; });
  });
})();
