/** The element of `page.html` with this id. */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`page.html has no ${kind.name} with the id ${id}`);
  return found;
}

/** A new element with properties and content. Text is never read as HTML. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]>,
  ...content: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  Object.assign(made, properties);
  made.append(...content);
  return made;
}

/** A button that does something in the page. */
export function button(text: string, onClick: () => void): HTMLButtonElement {
  const made = element("button", { type: "button", textContent: text });
  made.addEventListener("click", onClick);
  return made;
}
