/**
 * Gives an object a method in place of the one that it has, its own or inherited.
 * @returns how to take it back
 */
export function substitute(target: object, method: string, value: Function): () => void {
  const own = Object.getOwnPropertyDescriptor(target, method);
  Object.defineProperty(target, method, { value, configurable: true, writable: true });
  return () => {
    if (own === undefined) Reflect.deleteProperty(target, method);
    else Object.defineProperty(target, method, own);
  };
}
