// Lays a graph out with dagre and draws it as SVG. Returns the groups of the nodes and the edges.
window.tfcourseDraw = function (graph, canvas, name) {
  "use strict";
  var SVG = "http://www.w3.org/2000/svg";
  var ruler = document.createElement("canvas").getContext("2d");
  var style = getComputedStyle(document.documentElement);
  var fonts = {
    label: "600 14px " + style.getPropertyValue("--ui"),
    shape: "12px " + style.getPropertyValue("--mono"),
    types: "11px " + style.getPropertyValue("--ui"),
  };

  function make(kind, attributes, parent) {
    var element = document.createElementNS(SVG, kind);
    Object.keys(attributes).forEach(function (key) { element.setAttribute(key, attributes[key]); });
    if (parent) { parent.appendChild(element); }
    return element;
  }
  function width(text, kind) {
    ruler.font = fonts[kind];
    return ruler.measureText(text).width;
  }
  function short(text, most) { return text.length > most ? text.slice(0, most - 1) + "…" : text; }

  function rows(node) {
    var found = [["label", node.label]];
    if (node.shape) { found.push(["shape", node.shape]); }
    if (node.kind === "op") { found.push(["types", short(node.types.join(", "), 24)]); }
    return found;
  }

  // The scopes one below the other, in the deck's order: what ends one comes before what begins the next.
  var scopes = ["inputs", "embedding", "dnn", "computation", "loss", "eval", "train"].filter(
    function (scope) { return graph.nodes.some(function (node) { return node.scope === scope; }); });
  function border(scope, side) {
    return graph.nodes.map(function (node, i) { return i; }).filter(function (i) {
      return graph.nodes[i].scope === scope && !graph.edges.some(function (edge) {
        return edge[side] === i && graph.nodes[edge[1 - side]].scope === scope;
      });
    });
  }
  var sizes = graph.nodes.map(function (node) {
    var lines = rows(node);
    return {
      width: 22 + Math.max.apply(null, lines.map(function (row) { return width(row[1], row[0]); })),
      height: 12 + 18 * lines.length,
    };
  });
  function laidOut() {
    var made = new dagre.graphlib.Graph({ compound: true });
    made.setGraph({ rankdir: "TB", nodesep: 12, ranksep: 26, edgesep: 6, marginx: 14, marginy: 14 });
    made.setDefaultEdgeLabel(function () { return {}; });
    scopes.forEach(function (scope) { made.setNode("s" + scope, {}); });
    graph.nodes.forEach(function (node, i) {
      made.setNode("n" + i, { width: sizes[i].width, height: sizes[i].height });
      if (node.scope) { made.setParent("n" + i, "s" + node.scope); }
    });
    graph.edges.forEach(function (edge) { made.setEdge("n" + edge[0], "n" + edge[1]); });
    scopes.slice(1).forEach(function (scope, k) {
      var between = "between" + k;
      made.setNode(between, { width: 0, height: 0 });
      border(scopes[k], 0).forEach(function (i) { made.setEdge("n" + i, between, { weight: 0 }); });
      border(scope, 1).forEach(function (i) { made.setEdge(between, "n" + i, { weight: 0 }); });
    });
    dagre.layout(made);
    return made;
  }
  // dagre breaks ties by numbers that go on counting, so another try may be narrower.
  var layout = laidOut();
  for (var tries = 0; tries < 2 && layout.graph().width > 1400; tries++) {
    var again = laidOut();
    if (again.graph().width < layout.graph().width) { layout = again; }
  }

  // Room above each scope for its name. dagre does not count the bends of edges in its width.
  var size = layout.graph(), left = 0, right = size.width;
  layout.edges().forEach(function (edge) {
    if (edge.v[0] !== "n" || edge.w[0] !== "n") { return; }
    layout.edge(edge).points.forEach(function (point) {
      left = Math.min(left, point.x - 8);
      right = Math.max(right, point.x + 8);
    });
  });
  var across = Math.ceil(right - left), height = Math.ceil(size.height + 14);
  var svg = make("svg", {
    viewBox: Math.floor(left) + " -10 " + across + " " + height,
    role: "group",
    "aria-label": name,
  });
  var defs = make("defs", {}, svg);
  ["", "on"].forEach(function (state) {
    var marker = make("marker", {
      id: "arrow" + state, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 6, markerHeight: 6,
      orient: "auto", markerUnits: "userSpaceOnUse",
    }, defs);
    make("path", { d: "M0 0L8 4L0 8z", "class": ("head " + state).trim() }, marker);
  });

  scopes.forEach(function (scope) {
    var box = layout.node("s" + scope);
    var group = make("g", { "class": "scope" }, svg);
    make("rect", {
      x: box.x - box.width / 2, y: box.y - box.height / 2 - 12, width: box.width,
      height: box.height + 14, rx: 8,
    }, group);
  });

  function path(points) {
    var d = "M" + points[0].x + " " + points[0].y;
    for (var i = 1; i < points.length - 1; i++) {
      var middle = i === points.length - 2
        ? points[i + 1]
        : { x: (points[i].x + points[i + 1].x) / 2, y: (points[i].y + points[i + 1].y) / 2 };
      d += "Q" + points[i].x + " " + points[i].y + " " + middle.x + " " + middle.y;
    }
    return points.length < 3 ? d + "L" + points[1].x + " " + points[1].y : d;
  }
  // An edge leaves a node below and enters it above, near the point where it goes.
  function port(box, toward, side) {
    var room = box.width / 2 - 12;
    return { x: box.x + Math.max(-room, Math.min(room, toward.x - box.x)), y: box.y + side * box.height / 2 };
  }
  var edges = graph.edges.map(function (edge) {
    var points = layout.edge("n" + edge[0], "n" + edge[1]).points.slice();
    points[0] = port(layout.node("n" + edge[0]), points[1], 1);
    points[points.length - 1] = port(layout.node("n" + edge[1]), points[points.length - 2], -1);
    return { ends: edge, path: make("path", {
      "class": "edge", d: path(points), "marker-end": "url(#arrow)" }, svg) };
  });
  scopes.forEach(function (scope) { // over the edges
    var box = layout.node("s" + scope);
    make("text", {
      "class": "name", x: box.x - box.width / 2 + 10, y: box.y - box.height / 2 + 4,
    }, svg).textContent = scope;
  });
  // From "train" back to the variables that it changes: shown when one of the ends is lit.
  var last = graph.nodes.length - 1;
  graph.updates.forEach(function (i) {
    var from = layout.node("n" + last), to = layout.node("n" + i);
    var side = to.x < from.x ? -1 : 1;
    var x1 = from.x + side * from.width / 2, x2 = to.x + side * to.width / 2;
    var far = (side > 0 ? Math.max(x1, x2) : Math.min(x1, x2)) + side * 60;
    far = Math.max(left + 4, Math.min(right - 4, far));
    edges.push({ ends: [last, i], path: make("path", {
      "class": "edge update", "marker-end": "url(#arrow)",
      d: "M" + x1 + " " + from.y + "C" + far + " " + from.y + " " + far + " " + to.y + " " + x2 + " " + to.y,
    }, svg) });
  });

  var nodes = graph.nodes.map(function (node, i) {
    var box = layout.node("n" + i);
    var group = make("g", {
      "class": "node " + node.kind, role: "button", "aria-pressed": "false",
      transform: "translate(" + box.x + " " + box.y + ")",
    }, svg);
    make("rect", {
      x: -box.width / 2, y: -box.height / 2, width: box.width, height: box.height,
      rx: node.kind === "variable" ? box.height / 2 : 6,
    }, group);
    rows(node).forEach(function (row, j) {
      make("text", {
        "class": row[0], x: 0, y: -box.height / 2 + 20 + 18 * j, "text-anchor": "middle",
        style: "font-size:" + { label: 14, shape: 12, types: 11 }[row[0]] + "px" +
          (row[0] === "label" ? ";font-weight:600" : ""),
      }, group).textContent = row[1];
    });
    group.setAttribute("aria-label", [node.label, node.shape, node.types.join(" ")].join(" ").trim());
    return { group: group, x: box.x, y: box.y, height: box.height };
  });

  canvas.textContent = "";
  canvas.appendChild(svg);
  function fit() {
    // Never larger than drawn, and never so small that it cannot be read: then the box scrolls.
    var room = canvas.clientWidth;
    var scale = Math.min(1, Math.max(room > 700 ? 0.45 : 0.62, room / across));
    svg.setAttribute("width", Math.floor(across * scale));
    svg.setAttribute("height", Math.floor(height * scale));
  }
  fit();
  addEventListener("resize", fit);
  return { nodes: nodes, edges: edges, svg: svg };
};
