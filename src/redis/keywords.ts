import type { Command } from '../telemetry/command';
import { names } from './names';

type Keywords = NonNullable<Command['keywords']>;

function from(position: number, words: string): Keywords {
  return Object.freeze({ from: position, words: names(words) });
}

const SCAN_OPTIONS = 'MATCH COUNT NOVALUES';
const GEO_OPTIONS = 'M KM FT MI WITHCOORD WITHDIST WITHHASH COUNT ANY ASC DESC STORE STOREDIST';
const AGGREGATE_OPTIONS = 'WEIGHTS AGGREGATE SUM MIN MAX WITHSCORES';
const EXPIRE_CONDITIONS = 'NX XX GT LT';

/**
 * Option words that may be shown, from where on options and keys follow. A command that takes members, fields or values in
 * any later place has no entry (ZADD, XADD, GEOSEARCH, HGETEX, HSETEX, MSETEX, DELEX): one that reads like an option must
 * not be shown. The two exceptions are the patterns of SCAN and SORT and what SET compares with, which come right after
 * an option of their own.
 */
export const KEYWORDS: ReadonlyMap<string, Keywords> = new Map(
  Object.entries({
    SET: from(2, 'NX XX GET EX PX EXAT PXAT KEEPTTL IFEQ IFNE IFDEQ IFDNE'),
    GETEX: from(1, 'EX PX EXAT PXAT PERSIST'),
    EXPIRE: from(2, EXPIRE_CONDITIONS),
    PEXPIRE: from(2, EXPIRE_CONDITIONS),
    EXPIREAT: from(2, EXPIRE_CONDITIONS),
    PEXPIREAT: from(2, EXPIRE_CONDITIONS),
    'JSON.SET': from(3, 'NX XX'),
    FLUSHDB: from(0, 'ASYNC SYNC'),
    FLUSHALL: from(0, 'ASYNC SYNC'),
    COPY: from(2, 'DB REPLACE'),
    RESTORE: from(3, 'REPLACE ABSTTL IDLETIME FREQ'),
    SCAN: from(1, 'MATCH COUNT TYPE'),
    HSCAN: from(2, SCAN_OPTIONS),
    SSCAN: from(2, SCAN_OPTIONS),
    ZSCAN: from(2, SCAN_OPTIONS),
    SORT: from(1, 'BY LIMIT GET ASC DESC ALPHA STORE'),
    SORT_RO: from(1, 'BY LIMIT GET ASC DESC ALPHA'),
    OBJECT: from(0, 'ENCODING FREQ IDLETIME REFCOUNT'),
    MEMORY: from(0, 'USAGE SAMPLES'),
    LCS: from(2, 'LEN IDX MINMATCHLEN WITHMATCHLEN'),

    BITCOUNT: from(3, 'BYTE BIT'),
    BITPOS: from(4, 'BYTE BIT'),
    BITOP: from(0, 'AND OR XOR NOT DIFF DIFF1 ANDOR ONE'),

    LPOS: from(2, 'RANK COUNT MAXLEN'),
    LMOVE: from(2, 'LEFT RIGHT'),
    BLMOVE: from(2, 'LEFT RIGHT'),
    LMPOP: from(2, 'LEFT RIGHT COUNT'),
    BLMPOP: from(3, 'LEFT RIGHT COUNT'),
    SINTERCARD: from(2, 'LIMIT'),
    HRANDFIELD: from(2, 'WITHVALUES'),

    ZRANGE: from(3, 'BYSCORE BYLEX REV LIMIT WITHSCORES'),
    ZRANGESTORE: from(4, 'BYSCORE BYLEX REV LIMIT'),
    ZRANGEBYSCORE: from(3, 'WITHSCORES LIMIT'),
    ZREVRANGEBYSCORE: from(3, 'WITHSCORES LIMIT'),
    ZRANGEBYLEX: from(3, 'LIMIT'),
    ZREVRANGEBYLEX: from(3, 'LIMIT'),
    ZREVRANGE: from(3, 'WITHSCORES'),
    ZRANK: from(2, 'WITHSCORE'),
    ZREVRANK: from(2, 'WITHSCORE'),
    ZRANDMEMBER: from(2, 'WITHSCORES'),
    ZMPOP: from(2, 'MIN MAX COUNT'),
    BZMPOP: from(3, 'MIN MAX COUNT'),
    ZDIFF: from(2, 'WITHSCORES'),
    ZINTER: from(2, AGGREGATE_OPTIONS),
    ZUNION: from(2, AGGREGATE_OPTIONS),
    ZINTERCARD: from(2, 'LIMIT'),
    ZINTERSTORE: from(3, AGGREGATE_OPTIONS),
    ZUNIONSTORE: from(3, AGGREGATE_OPTIONS),

    XREAD: from(0, 'COUNT BLOCK STREAMS'),
    XREADGROUP: from(3, 'COUNT BLOCK NOACK STREAMS'),
    XRANGE: from(3, 'COUNT'),
    XREVRANGE: from(3, 'COUNT'),
    XTRIM: from(1, 'MAXLEN MINID LIMIT'),
    XAUTOCLAIM: from(5, 'COUNT JUSTID'),

    GEODIST: from(3, 'M KM FT MI'),
    GEORADIUS: from(4, GEO_OPTIONS),
    GEORADIUS_RO: from(4, GEO_OPTIONS),
    GEORADIUSBYMEMBER: from(3, GEO_OPTIONS),
    GEORADIUSBYMEMBER_RO: from(3, GEO_OPTIONS),
  }),
);
