// Node and line find each other.
(function () {
  "use strict";
  var reader = window.tfcourse, graph = window.tfcourseGraph;
  var canvas = document.getElementById("drawing"), detail = document.getElementById("detail");
  var status = document.getElementById("lit-nodes");
  var drawn = window.tfcourseDraw(graph, canvas, document.getElementById("graph").textContent);

  var panes = {};
  reader.all(".pane").forEach(function (pane) { panes[pane.dataset.file] = reader.lines(pane); });
  function lines(place) { return (panes[place[0]] || []).slice(place[1] - 1, place[2]); }
  function linesOf(node, via) {
    return [].concat.apply([], (via ? node.via : node.places).map(lines));
  }

  // The nodes of each line: those that it makes; else those of the functions that it calls.
  var own = new Map(), called = new Map(), lit = {};
  function add(table, line, i) { table.set(line, (table.get(line) || []).concat(i)); }
  graph.nodes.forEach(function (node, i) {
    linesOf(node).forEach(function (line) {
      add(own, line, i);
      if (line.classList.contains("lit")) { lit[i] = true; }
    });
    linesOf(node, true).forEach(function (line) { add(called, line, i); });
  });
  function nodesOf(line) { return own.get(line) || called.get(line) || []; }

  // --- what is lit -------------------------------------------------------------------------------

  var chosen = { nodes: [], lines: [], at: -1 };

  function element(kind, text, parent, css) {
    var made = document.createElement(kind);
    made.textContent = text;
    if (css) { made.className = css; }
    parent.appendChild(made);
    return made;
  }
  function names(places) {
    return places.map(function (i) { return graph.nodes[i].label; }).join(", ");
  }
  function describe(i) {
    var node = graph.nodes[i], word = reader.word;
    var card = element("div", "", detail, "card");
    element("h3", node.label, card);
    var kind = { op: "operation", train: "update" }[node.kind] || node.kind;
    var facts = [word(kind), node.shape, node.kind === "placeholder" ? "" : node.types.join(", ")];
    element("p", facts.filter(Boolean).join(" · "), card);
    if (node.starts.length) { element("p", word("starts from") + ": " + node.starts.join(", "), card); }
    if (!node.places.length) {
      element("p", word("made by the framework, not by a line of the lesson"), card, "quiet");
    }
    node.places.forEach(function (place) {
      var found = lines(place);
      if (!found.length) { return; }
      var where = element("p", "", card);
      var link = element("a", place[0] + ":" + place[1], where);
      link.href = "#code";
      link.addEventListener("click", function () { reader.reveal(found[0]); });
      element("code", found.map(function (line) { return line.textContent.replace(/\n$/, ""); })
        .join("\n").replace(/^ {8,12}/gm, ""), card, "excerpt");
    });
    var into = [], from = [];
    graph.edges.forEach(function (edge) {
      if (edge[0] === i) { into.push(edge[1]); }
      if (edge[1] === i) { from.push(edge[0]); }
    });
    if (from.length) { element("p", word("comes from") + ": " + names(from), card); }
    if (into.length) { element("p", word("goes into") + ": " + names(into), card); }
    if (graph.updates.indexOf(i) >= 0) { element("p", word("changed by training"), card); }
  }
  function tell() {
    detail.textContent = "";
    detail.hidden = !chosen.nodes.length;
    status.textContent = "";
    if (chosen.nodes.length) {
      var link = element("a", reader.word("Lit in the graph") + ": " + names(chosen.nodes), status);
      link.href = "#graph";
    }
    chosen.nodes.slice(0, 6).forEach(describe);
    if (chosen.nodes.length > 6) { element("p", "… " + names(chosen.nodes.slice(6)), detail); }
  }

  function light(nodes, found) {
    reader.all("pre .sel").forEach(function (line) {
      line.classList.remove("sel");
      line.setAttribute("aria-pressed", "false");
    });
    chosen = { nodes: nodes, lines: found };
    found.forEach(function (line) {
      line.classList.add("sel");
      if (line.hasAttribute("aria-pressed")) { line.setAttribute("aria-pressed", "true"); }
    });
    drawn.nodes.forEach(function (node, i) {
      var on = nodes.indexOf(i) >= 0;
      node.group.classList.toggle("sel", on);
      node.group.setAttribute("aria-pressed", on ? "true" : "false");
    });
    drawn.edges.forEach(function (edge) {
      var on = nodes.indexOf(edge.ends[0]) >= 0 || nodes.indexOf(edge.ends[1]) >= 0;
      edge.path.classList.toggle("on", on);
      edge.path.setAttribute("marker-end", on ? "url(#arrowon)" : "url(#arrow)");
    });
    tell();
  }
  function show(i) {
    var node = drawn.nodes[i], scale = drawn.svg.getBoundingClientRect().width / drawn.svg.viewBox.baseVal.width;
    var x = (node.x - drawn.svg.viewBox.baseVal.x) * scale;
    if (x < canvas.scrollLeft + 40 || x > canvas.scrollLeft + canvas.clientWidth - 40) {
      canvas.scrollLeft = x - canvas.clientWidth / 2;
    }
  }
  function chooseNode(i) {
    var found = linesOf(graph.nodes[i]);
    light([i], found);
    if (found.length) { reader.reveal(found[0]); }
  }
  function chooseLine(line) {
    var nodes = nodesOf(line);
    light(nodes, [line]);
    if (nodes.length) { show(nodes[0]); }
  }
  reader.clear = function () { light([], []); };
  reader.onLanguage(tell);

  // --- clicks and keys ---------------------------------------------------------------------------

  function act(target, run) {
    target.addEventListener("click", function () {
      if (!String(getSelection())) { run(); }  // not while text is being marked
    });
    target.addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        run();
      }
    });
  }
  var order = drawn.nodes.map(function (node, i) { return i; });
  order.sort(function (a, b) { return drawn.nodes[a].y - drawn.nodes[b].y || drawn.nodes[a].x - drawn.nodes[b].x; });
  order.forEach(function (i) {
    var group = drawn.nodes[i].group;
    if (lit[i]) { group.classList.add("here"); }
    act(group, function () { chooseNode(i); });
    group.addEventListener("focus", function () { show(i); });
  });
  reader.rove(order.map(function (i) { return drawn.nodes[i].group; }));
  reader.all("a[data-node]").forEach(function (link) {
    link.addEventListener("click", function (event) {
      event.preventDefault();
      chooseNode(Number(link.dataset.node));
      document.querySelector(".code").scrollIntoView();
    });
  });

  Object.keys(panes).forEach(function (file) {
    var linked = panes[file].filter(function (line) { return nodesOf(line).length; });
    linked.forEach(function (line) {
      line.classList.add("linked");
      line.setAttribute("role", "button");
      line.setAttribute("aria-pressed", "false");
      act(line, function () { chooseLine(line); });
    });
    reader.rove(linked);
  });
})();
