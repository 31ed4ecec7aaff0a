// Where one is, in step with the address and with Python: while one scrubs only this page knows;
// after a rest the address is replaced, so that a reload comes back to it and Back leaves it.
import { addressWith } from "./address.js";

const REST = 300; // milliseconds
const PATIENCE = 3000;

const samePlace = (one, other) => one.day === other.day && one.chosen === other.chosen;

// `now()` is where one is, or null while that is moving; `moved(place)` follows Python.
export function keepPlace(model, now, moved) {
  let timer = 0;
  let sent = null;
  let since = 0;
  const rest = () => {
    clearTimeout(timer);
    timer = setTimeout(tell, REST);
  };
  function tell() {
    const place = now();
    if (sent && performance.now() - since > PATIENCE) sent = null;
    if (!place || (sent && !samePlace(place, sent))) return rest();
    if (sent || samePlace(place, model.get("known"))) return undefined;
    replace(place);
    [sent, since] = [place, performance.now()];
    model.set("at", place);
    model.save_changes();
    return undefined;
  }
  function replace(place) {
    const root = window.solara?.rootPath || "";
    if (model.get("here")) {
      history.replaceState(history.state, "", root + addressWith(model.get("here"), place));
    }
  }
  const answered = () => {
    const place = model.get("known");
    const own = sent && samePlace(place, sent);
    sent = null;
    if (!own) moved(place);
  };
  model.on("change:known", answered);
  return {
    rest,
    leave() {
      const place = now();
      if (place) replace(place);
    },
    end() {
      clearTimeout(timer);
      model.off("change:known", answered);
    },
  };
}
