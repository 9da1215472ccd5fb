import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { end, removeFolder, temporaryFolder } from '../../support/children';
import { freePort, LOOPBACK, startProcess } from '../../support/redis-server';

const NAME = 'memcached.conf';

/** A real Memcached that wants a user and a password. */
export async function startSaslMemcached(
  user: string,
  password: string,
): Promise<{ location: string; stop(): Promise<void> }> {
  const folder = temporaryFolder();
  const path = join(folder, 'mux');
  const passwords = await startPasswordCheck(path, user, password);
  writeFileSync(
    join(folder, NAME),
    `mech_list: plain\npwcheck_method: saslauthd\nsaslauthd_path: ${path}\nlog_level: 0\n`,
  );
  const port = await freePort();
  const asRoot = process.getuid?.() === 0 ? ['-u', 'root'] : [];
  const args = [
    `SASL_CONF_PATH=${folder}`,
    'memcached',
    '-S',
    '-l',
    LOOPBACK,
    '-p',
    String(port),
    '-U',
    '0',
    ...asRoot,
  ];
  const child = await startProcess('env', args, () => listens(port));
  return {
    location: `${LOOPBACK}:${port}`,
    stop: async () => {
      await end(child);
      await new Promise((resolve) => passwords.close(resolve));
      removeFolder(folder);
    },
  };
}

/** Speaks the protocol of `saslauthd`: user, password, service and realm, each with its length before it. */
async function startPasswordCheck(path: string, user: string, password: string): Promise<Server> {
  const server = createServer((socket: Socket) => {
    let received = Buffer.alloc(0);
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      const fields = fieldsOf(received);
      if (fields.length < 4) return;
      const answer = fields[0] === user && fields[1] === password ? 'OK' : 'NO';
      socket.end(Buffer.from([0, answer.length, ...Buffer.from(answer)]));
    });
  });
  server.listen(path);
  await once(server, 'listening');
  return server;
}

function fieldsOf(received: Buffer): string[] {
  const fields: string[] = [];
  for (let at = 0; at + 2 <= received.length;) {
    const last = at + 2 + received.readUInt16BE(at);
    if (last > received.length) break;
    fields.push(received.toString('utf8', at + 2, last));
    at = last;
  }
  return fields;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, LOOPBACK, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', reject);
  });
}
