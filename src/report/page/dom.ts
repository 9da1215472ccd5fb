type Content = string | Node | undefined;

/** An element; texts become text nodes, so that no name is ever read as markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...content: Content[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...content.filter((one) => one !== undefined));
  return made;
}

/** An element that the page has. */
export function find<T extends Element = HTMLElement>(selector: string, within: ParentNode = document): T {
  const found = within.querySelector<T>(selector);
  if (found === null) throw new Error(`the page has no ${selector}`);
  return found;
}

/** One entry of a `dl`. */
export function entry(term: string, description: string): HTMLElement {
  return element('div', {}, element('dt', {}, term), element('dd', {}, description));
}
