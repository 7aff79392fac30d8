/**
 * The script of a page with many sensors: hides the rows of the overview and the articles that do not contain every word
 * of the search. Static; reads only the page itself.
 */
export const searchScript = `
"use strict";
const field = document.getElementById("_search");
const found = document.getElementById("_found");
const articles = document.querySelectorAll("article");
const rows = [...document.querySelectorAll(".differences tr")].slice(1);
const items = rows.map((row, index) => ({ row, article: articles[index], text: row.textContent.toLowerCase() }));
field.hidden = false;
field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let count = 0;
  for (const { row, article, text } of items) {
    const isFound = words.every((word) => text.includes(word));
    if (isFound) count += 1;
    row.hidden = article.hidden = !isFound;
  }
  found.textContent = words.length === 0 ? "" : count + " of " + items.length;
});
`;
