import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export type Reply = string | number | null | Reply[];

/** Where a server listens, and what it takes to talk to it. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** A CA certificate (PEM): the connection is TLS. */
  readonly tlsCa?: string | undefined;
  readonly password?: string | undefined;
}

/** Reads one reply; undefined when the text does not hold a whole one yet. */
function parse(text: string, from: number): { reply: Reply | Error; next: number } | undefined {
  const end = text.indexOf('\r\n', from);
  if (end === -1) return undefined;
  const line = text.slice(from + 1, end);
  const next = end + 2;
  switch (text[from]) {
    case '+':
      return { reply: line, next };
    case '-':
      return { reply: new Error(line), next };
    case ':':
      return { reply: Number(line), next };
    case '$':
      if (line === '-1') return { reply: null, next };
      if (text.length < next + Number(line) + 2) return undefined;
      return { reply: text.slice(next, next + Number(line)), next: next + Number(line) + 2 };
    case '*':
      return parseArray(text, next, Number(line));
    default:
      throw new Error(`not a RESP2 reply: ${text.slice(from, from + 20)}`);
  }
}

function parseArray(text: string, from: number, length: number): { reply: Reply; next: number } | undefined {
  const items: Reply[] = [];
  let next = from;
  for (let index = 0; index < length; index++) {
    const item = parse(text, next);
    if (item === undefined) return undefined;
    if (item.reply instanceof Error) throw item.reply;
    items.push(item.reply);
    next = item.next;
  }
  return { reply: items, next };
}

function encode(command: readonly (string | number)[]): string {
  const parts = command.map((part) => `$${Buffer.byteLength(String(part))}\r\n${part}\r\n`);
  return `*${command.length}\r\n${parts.join('')}`;
}

function open(address: Address): Socket {
  if (address.tlsCa === undefined) return connect(address.port, address.host);
  return connectTls({ port: address.port, host: address.host, ca: address.tlsCa });
}

/** Sends one command over a connection of its own, with no client library, and gives the reply. */
export function call(address: Address, ...command: readonly (string | number)[]): Promise<Reply> {
  const commands = address.password === undefined ? [command] : [['AUTH', address.password], command];
  return new Promise((resolve, reject) => {
    const socket = open(address);
    let text = '';
    socket.setEncoding('latin1');
    socket.setTimeout(5000, () => socket.destroy(new Error(`no answer to ${command.join(' ')}`)));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the connection was closed before the reply')));
    socket.on('data', (chunk) => {
      text += String(chunk);
      try {
        const replies = parseArray(text, 0, commands.length)?.reply as Reply[] | undefined;
        if (replies !== undefined) resolve(replies.at(-1)!);
        else return;
      } catch (error) {
        reject(error);
      }
      socket.destroy();
    });
    socket.write(commands.map(encode).join(''));
  });
}
