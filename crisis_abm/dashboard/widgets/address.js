// Addresses that Python wrote with marks in them, for what only the browser knows.
const DAY_MARK = "&day=987654321"; // as run_view.py puts them into addresses
const CHOSEN_MARK = "&chosen=%00";

// As Python's urlencode writes it, so that both speak of the same address.
export const inAddress = (text) =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");

export function addressWith(template, { day, chosen }) {
  return template
    .replace(DAY_MARK, day ? `&day=${day}` : "")
    .replace(CHOSEN_MARK, chosen ? `&chosen=${inAddress(chosen)}` : "");
}

// Follows a link within the page, unless it is to be opened elsewhere or there is no page around.
export function followHere(event, to, before = () => {}) {
  const push = window.solara?.router?.push;
  if (!push || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  before();
  push(to);
}

export const withRoot = (address) => (window.solara?.rootPath || "") + address;
