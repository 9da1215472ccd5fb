import type { CacheOperation, Command } from '../telemetry/command';
import { atMillisecond, atSecond, expire, expireFields, inMilliseconds, inSeconds } from './expiry';
import * as lookups from './lookups';
import * as writes from './writes';

/** What a command does to a cache, and how its reply is read. */
type CacheCommand = Pick<Command, 'cacheOperation' | 'read'>;
type Read = NonNullable<Command['read']>;

function acts(cacheOperation: CacheOperation, read?: Read): CacheCommand {
  return read ? { cacheOperation, read } : { cacheOperation };
}

/**
 * The commands that act on a cache. Lists, sets, sorted sets and streams are no cache entries; neither is what moves a
 * whole key (COPY, RENAME, RESTORE) or only describes it (TTL, TYPE, STRLEN).
 *
 * @see https://redis.io/docs/latest/commands/ for arguments and replies in RESP2 and RESP3
 */
export const CACHE_COMMANDS: ReadonlyMap<string, CacheCommand> = new Map(
  Object.entries({
    GET: acts('get', lookups.readValue),
    GETDEL: acts('get', lookups.readGetdel),
    GETEX: acts('get', lookups.readGetex),
    GETRANGE: acts('get', lookups.readValue),
    SUBSTR: acts('get', lookups.readValue),
    MGET: acts('get', lookups.readValues),
    HGET: acts('get', lookups.readValue),
    HMGET: acts('get', lookups.readFields),
    HGETALL: acts('get', lookups.readHash),
    HGETEX: acts('get', lookups.readHgetex),
    HEXISTS: acts('get', lookups.readHexists),
    EXISTS: acts('get', lookups.readExists),
    'JSON.GET': acts('get', lookups.readDocument),
    'JSON.MGET': acts('get', lookups.readDocuments),

    SET: acts('set', writes.readSet),
    SETEX: acts('set', writes.setex(inSeconds)),
    PSETEX: acts('set', writes.setex(inMilliseconds)),
    SETNX: acts('set', writes.readSetnx),
    GETSET: acts('set', writes.readGetset),
    MSET: acts('set', writes.readMset),
    MSETNX: acts('set', writes.readMsetnx),
    MSETEX: acts('set', writes.readMsetex),
    SETRANGE: acts('set', writes.readSetrange),
    APPEND: acts('set', writes.readAppend),
    HSET: acts('set', writes.readHset),
    HMSET: acts('set', writes.readHset),
    HSETNX: acts('set', writes.readHsetnx),
    HSETEX: acts('set', writes.readHsetex),
    'JSON.SET': acts('set', writes.readJsonSet),
    'JSON.MERGE': acts('set', writes.readJsonSet),
    'JSON.MSET': acts('set', writes.readJsonMset),

    DEL: acts('delete', writes.readDeleted),
    UNLINK: acts('delete', writes.readDeleted),
    DELEX: acts('delete', writes.readDeleted),
    DELIFEQ: acts('delete', writes.readDeleted),
    HDEL: acts('delete', writes.readDeleted),
    HGETDEL: acts('delete', lookups.readHgetdel),
    'JSON.DEL': acts('delete', writes.readDeleted),
    'JSON.FORGET': acts('delete', writes.readDeleted),

    EXPIRE: acts('touch', expire(inSeconds)),
    PEXPIRE: acts('touch', expire(inMilliseconds)),
    EXPIREAT: acts('touch', expire(atSecond)),
    PEXPIREAT: acts('touch', expire(atMillisecond)),
    HEXPIRE: acts('touch', expireFields(inSeconds)),
    HPEXPIRE: acts('touch', expireFields(inMilliseconds)),
    HEXPIREAT: acts('touch', expireFields(atSecond)),
    HPEXPIREAT: acts('touch', expireFields(atMillisecond)),
    PERSIST: acts('touch'),
    HPERSIST: acts('touch'),
    TOUCH: acts('touch'),

    INCR: acts('increment', writes.readIncrement),
    INCRBY: acts('increment', writes.readIncrement),
    INCRBYFLOAT: acts('increment', writes.readIncrement),
    DECR: acts('increment', writes.readIncrement),
    DECRBY: acts('increment', writes.readIncrement),
    HINCRBY: acts('increment', writes.readIncrement),
    HINCRBYFLOAT: acts('increment', writes.readIncrement),
    // Both answer what they refused to change too, so that a write can't be told from the reply.
    INCREX: acts('increment'),
    'JSON.NUMINCRBY': acts('increment'),

    FLUSHDB: acts('clear'),
    FLUSHALL: acts('clear'),
  }),
);
