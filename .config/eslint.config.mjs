import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import borders from './borders.mjs';

const typed = { languageOptions: { parserOptions: { projectService: true } } };

/** The package itself: strict and with types. */
const source = {
  files: ['src/**/*.ts', 'src/**/*.mts'],
  extends: [tseslint.configs.strictTypeChecked, typed],
  rules: {
    'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: false }],
    'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: false }],
    '@typescript-eslint/consistent-type-imports': 'error',
    '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    // Numbers and booleans are what names and messages are made of.
    '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    // Patched methods are taken from their prototype without `this`, and called with the caller's.
    '@typescript-eslint/unbound-method': 'off',
    // `Function` is the honest type of a foreign method before its wrapper has looked at it.
    '@typescript-eslint/no-unsafe-function-type': 'off',
    // Foreign objects may lack what their types promise: a check that looks needless to the compiler is none.
    '@typescript-eslint/no-unnecessary-condition': 'off',
    // A type parameter that only names the result keeps a cast in one place.
    '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    // `noUncheckedIndexedAccess` asks for an assertion where a loop's bound has proved the index.
    '@typescript-eslint/no-non-null-assertion': 'off',
    '@typescript-eslint/no-confusing-void-expression': [
      'error',
      { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
    ],
    // What was thrown is handed on as it is.
    '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
    // Wrappers hand `arguments` on: rest parameters would copy them for every command.
    'prefer-rest-params': 'off',
    // The API has no other way to tell whether a provider is registered yet.
    '@typescript-eslint/no-deprecated': [
      'error',
      { allow: [{ from: 'package', package: '@opentelemetry/api', name: 'ProxyTracerProvider' }] },
    ],
  },
};

/** Tests, and what makes the monitoring files: without types, but for the rules that find a forgotten await. */
const tests = {
  files: ['test/**/*.ts', 'monitoring/**/*.ts'],
  extends: [tseslint.configs.recommended, typed],
  rules: {
    '@typescript-eslint/no-floating-promises': 'error',
    '@typescript-eslint/await-thenable': 'error',
    '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
    '@typescript-eslint/no-unsafe-function-type': 'off',
  },
};

/** Plain scripts: the programs of tests and examples are CommonJS on purpose. */
const scripts = {
  files: ['**/*.js', '**/*.cjs', '**/*.mjs'],
  extends: [tseslint.configs.recommended],
  rules: { '@typescript-eslint/no-require-imports': 'off' },
};

export default defineConfig(
  { ignores: ['**/node_modules/', 'build/', '.nodes/', '.versions/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  { rules: { eqeqeq: ['error', 'always', { null: 'ignore' }] } },
  source,
  // The preload loads what may not be there: only `require` can be tried.
  { files: ['src/register.ts'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  borders,
  tests,
  scripts,
);
