import { find } from './dom';

const listeners = new Set<() => void>();
let probe: HTMLElement | undefined;

/** Calls back whenever the colours change. */
export function onTheme(redraw: () => void): void {
  listeners.add(redraw);
}

/** A colour of the style sheet as a canvas takes it. */
export function colour(name: string): string {
  if (probe === undefined) document.body.append((probe = document.createElement('i')));
  probe.hidden = true;
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

export function watchTheme(): void {
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  find('.theme').addEventListener('change', ({ target }) => {
    const { value } = target as HTMLInputElement;
    if (value === '') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = value;
    changed();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
}
