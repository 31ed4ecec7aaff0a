// Step, play, speed and the day, with native controls.
import { make } from "./elements.js";
import { capital, counted, dayWords } from "./run_view_words.js";

const SPEEDS = [1, 2, 5, 10, 20, 40]; // days a second
const USUAL_SPEED = 5;
const SVG = "http://www.w3.org/2000/svg";
const GLYPHS = {
  back: "M5 4h3v16H5zM20 4v16L9 12z",
  play: "M6 3l15 9-15 9z",
  pause: "M5 4h5v16H5zM14 4h5v16h-5z",
  on: "M16 4h3v16h-3zM4 4v16l11-8z",
};

function glyphButton(name, words) {
  const button = make("button", { type: "button", className: "ca-button ca-run-button" });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  svg.append(path);
  button.append(svg);
  button.show = (glyph, label) => {
    path.setAttribute("d", GLYPHS[glyph]);
    button.setAttribute("aria-label", label);
    button.title = label;
  };
  button.show(name, words);
  return button;
}

// `hooks.go(day)` moves the day; `show(day)` tells the controls where it is.
export function makeScrubber(hooks) {
  const back = glyphButton("back", "Step back");
  const play = glyphButton("play", "Play");
  const on = glyphButton("on", "Step on");
  const range = make("input", { type: "range", min: 0, max: 0, step: 1, value: 0 });
  range.setAttribute("aria-label", "Day");
  const shown = make("output", { className: "ca-run-when" });
  const speed = make("select");
  speed.setAttribute("aria-label", "Speed");
  const buttons = make("div", { className: "ca-run-buttons" }, back, play, on);
  const holder = make("div", { className: "ca-run-scrubber" }, buttons, range, shown, speed);
  holder.setAttribute("role", "group");
  holder.setAttribute("aria-label", "Time");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  let run = null;
  let day = 0;
  let frame = 0;
  let last = 0;

  const playing = () => frame !== 0;
  const rate = () => (calm.matches ? Math.min(1, Number(speed.value)) : Number(speed.value));
  function stop() {
    cancelAnimationFrame(frame);
    frame = 0;
    play.show("play", "Play");
  }
  function advance(now) {
    const steps = Math.floor(((now - last) / 1000) * rate());
    if (steps > 0) {
      last = now;
      hooks.go(Math.min(day + steps, run.steps - 1));
    }
    if (day >= run.steps - 1) stop();
    else frame = requestAnimationFrame(advance);
  }
  function start() {
    if (day >= run.steps - 1) hooks.go(0);
    last = performance.now();
    frame = requestAnimationFrame(advance);
    play.show("pause", "Pause");
  }
  const by = (steps) => {
    stop();
    hooks.go(Math.min(Math.max(day + steps, 0), run.steps - 1));
  };
  play.addEventListener("click", () => run && (playing() ? stop() : start()));
  back.addEventListener("click", () => run && by(-1));
  on.addEventListener("click", () => run && by(1));
  range.addEventListener("input", () => {
    stop();
    hooks.go(Number(range.value));
  });
  return {
    holder,
    playing,
    stop,
    by,
    use(known) {
      stop();
      const kept = Number(speed.value) || USUAL_SPEED;
      run = known;
      range.max = known ? known.steps - 1 : 0;
      for (const control of [back, play, on, range, speed]) control.disabled = !known;
      if (!known) return;
      speed.replaceChildren(...SPEEDS.map((value) =>
        make("option", { value, textContent: `${counted(value, known.unit)} a second` })));
      speed.value = kept;
      range.setAttribute("aria-label", capital(known.unit));
    },
    show(now) {
      day = now;
      range.value = now;
      shown.textContent = dayWords(run, now, " · ");
      range.setAttribute("aria-valuetext", dayWords(run, now, ", "));
    },
  };
}
