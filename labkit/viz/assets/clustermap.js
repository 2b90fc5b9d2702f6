// The map: Python draws it anew; here are the buttons, and the packet that runs along its way.
const STILL = window.matchMedia("(prefers-reduced-motion: reduce)");
function run(drawing, way) {
  if (!way || STILL.matches) return;
  const dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  dot.setAttribute("r", 8);
  dot.setAttribute("fill", "var(--lk-accent)");
  dot.setAttribute("stroke", "var(--lk-paper)");
  dot.setAttribute("stroke-width", 2);
  dot.style.offsetPath = `path("${way}")`;
  drawing.append(dot);
  const moving = dot.animate([{ offsetDistance: "0%" }, { offsetDistance: "100%" }], { duration: 1800, easing: "ease-in-out" });
  moving.onfinish = () => dot.remove();
}
function render({ model, el }) {
  const words = model.get("words");
  const box = frame(model, "lk-map");
  const title = make("p", { class: "lk-title" });
  const map = make("div", {});
  const said = make("p", { class: "lk-note" });
  const cells = make("div", {});
  const spoken = voice();
  const bump = (name) => { model.set(name, model.get(name) + 1); model.save_changes(); };
  let timer = null;
  const follow = make("button", { type: "button", text: words.follow, "aria-pressed": "false", onclick: () => {
    const on = !timer;
    follow.setAttribute("aria-pressed", String(on));
    clearInterval(timer);
    timer = on ? setInterval(() => {
      if (!box.isConnected) { clearInterval(timer); return; }
      if (!document.hidden) bump("asked");
    }, 2000) : null;
  } });
  let sent = 0;
  const draw = () => {
    map.innerHTML = model.get("drawing");
    title.textContent = model.get("title");
    if (sent !== model.get("sent")) { sent = model.get("sent"); run(map.querySelector("svg"), model.get("way")); }
    cells.replaceChildren(table(model.get("heads"), model.get("rows"), words.table));
  };
  const tell = () => { said.textContent = model.get("said"); spoken.say(model.get("said")); };
  model.on("change:drawing", draw);
  model.on("change:rows", draw);
  model.on("change:said", tell);
  box.append(title, make("div", { class: "lk-bar" },
    make("button", { type: "button", text: words.send, onclick: () => bump("sent") }),
    make("button", { type: "button", text: words.refresh, onclick: () => bump("asked") }), follow),
    map, make("p", { class: "lk-note", text: words.legend }), said, cells, spoken.place);
  el.append(box);
  draw();
  tell();
  return () => clearInterval(timer);
}
export default { render };
