const WORDS = new Uint32Array(2);
const BYTES = Buffer.from(WORDS.buffer);

/** A span id: 16 hexadecimal digits, not all of them 0; as random as those of the SDK. */
export function randomSpanId(): string {
  WORDS[0] = Math.random() * 2 ** 32;
  // One bit is always set: no id is all zeros.
  WORDS[1] = (Math.random() * 2 ** 32) | 1;
  return BYTES.toString('hex');
}
