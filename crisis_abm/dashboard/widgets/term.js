// Words on a page that may be words of the model: then marked, and explained by words.js.
export function wordsOrTerm(words, id) {
  if (!id) return document.createTextNode(words);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "ca-term";
  button.textContent = words;
  button.setAttribute("aria-describedby", id);
  return button;
}
