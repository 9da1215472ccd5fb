import type { KeyPositions } from '../telemetry/command';
import { names } from './names';

const FIRST: KeyPositions = Object.freeze({ first: 0, last: 0, step: 1 });
const SECOND: KeyPositions = Object.freeze({ first: 1, last: 1, step: 1 });
const FIRST_TWO: KeyPositions = Object.freeze({ first: 0, last: 1, step: 1 });
const ALL_BUT_LAST: KeyPositions = Object.freeze({ first: 0, last: -2, step: 1 });
const TRIPLETS: KeyPositions = Object.freeze({ first: 0, last: -1, step: 3 });

/** The first argument is the key. */
const KEY_FIRST = names(`
  JSON.ARRAPPEND JSON.ARRINDEX JSON.ARRINSERT JSON.ARRLEN JSON.ARRPOP JSON.ARRTRIM JSON.CLEAR JSON.DEL JSON.FORGET
  JSON.GET JSON.MERGE JSON.NUMINCRBY JSON.NUMMULTBY JSON.OBJKEYS JSON.OBJLEN JSON.RESP JSON.SET JSON.STRAPPEND
  JSON.STRLEN JSON.TOGGLE JSON.TYPE
  TS.ADD TS.ALTER TS.CREATE TS.DECRBY TS.DEL TS.GET TS.INCRBY TS.INFO TS.RANGE TS.REVRANGE
  BF.ADD BF.CARD BF.EXISTS BF.INFO BF.INSERT BF.LOADCHUNK BF.MADD BF.MEXISTS BF.RESERVE BF.SCANDUMP
  CF.ADD CF.ADDNX CF.COMPACT CF.COUNT CF.DEL CF.EXISTS CF.INFO CF.INSERT CF.INSERTNX CF.LOADCHUNK CF.MEXISTS CF.RESERVE
  CF.SCANDUMP
  CMS.INCRBY CMS.INFO CMS.INITBYDIM CMS.INITBYPROB CMS.QUERY
  TOPK.ADD TOPK.COUNT TOPK.INCRBY TOPK.INFO TOPK.LIST TOPK.QUERY TOPK.RESERVE
  TDIGEST.ADD TDIGEST.BYRANK TDIGEST.BYREVRANK TDIGEST.CDF TDIGEST.CREATE TDIGEST.INFO TDIGEST.MAX TDIGEST.MIN
  TDIGEST.QUANTILE TDIGEST.RANK TDIGEST.RESET TDIGEST.REVRANK TDIGEST.TRIMMED_MEAN
`);

/** No argument is a key: time series are chosen by label, and a search index is no key. */
const KEYLESS = names(`
  TS.MGET TS.MRANGE TS.MREVRANGE TS.QUERYINDEX
  FT._LIST FT.AGGREGATE FT.ALIASADD FT.ALIASDEL FT.ALIASUPDATE FT.ALTER FT.CONFIG FT.CREATE FT.CURSOR FT.DICTADD
  FT.DICTDEL FT.DICTDUMP FT.DROPINDEX FT.EXPLAIN FT.EXPLAINCLI FT.HYBRID FT.INFO FT.PROFILE FT.SEARCH FT.SPELLCHECK
  FT.SUGADD FT.SUGDEL FT.SUGGET FT.SUGLEN FT.SYNDUMP FT.SYNUPDATE FT.TAGVALS
`);

/**
 * The commands of the modules that Redis 8 contains, and their keys where these have fixed places. The vector sets (`V*`)
 * are commands of the server.
 *
 * @see https://redis.io/docs/latest/commands/
 */
export const MODULE_COMMANDS: ReadonlyMap<string, KeyPositions | undefined> = new Map<string, KeyPositions | undefined>(
  [
    ...Array.from(KEY_FIRST, (name) => [name, FIRST] as const),
    ...Array.from(KEYLESS, (name) => [name, undefined] as const),
    ['JSON.DEBUG', SECOND],
    ['JSON.MGET', ALL_BUT_LAST],
    ['JSON.MSET', TRIPLETS],
    ['TS.MADD', TRIPLETS],
    ['TS.CREATERULE', FIRST_TWO],
    ['TS.DELETERULE', FIRST_TWO],
  ],
);
