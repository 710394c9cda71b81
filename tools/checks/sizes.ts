/** Holds files and functions to the sizes of the house, and files to its names. */
import type { Breach, SourceFile } from './plan.ts';
import { childOf, childrenOf, nameOf, parseSource, type Step, type Syntax, type SyntaxNode, walk } from './syntax.ts';

/** Measured in the codebases that read well: almost all their files and functions are smaller than this. */
export const LIMITS = { fileLines: 300, functionLines: 40, parameters: 3, nesting: 3 } as const;

/** Names that say nothing about what is inside. */
const EMPTY_NAMES = /(^|-)(utils?|helpers?|common|misc|managers?|services?|handlers?|base)(-|$)/;
const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*(\.alone)?(\.test)?$/;

export function breachesOfSizes(file: SourceFile): Breach[] {
  const syntax = parseSource(file);
  const lines = file.source.split('\n').length - (file.source.endsWith('\n') ? 1 : 0);
  const breaches = [...breachesOfName(file.path)];
  if (lines > LIMITS.fileLines)
    breaches.push({ file: file.path, line: 1, says: `${lines} lines, of at most ${LIMITS.fileLines}` });
  walk(syntax.program, (step) => {
    breaches.push(...breachesOfFunction(syntax, step));
  });
  return breaches;
}

function breachesOfName(path: string): Breach[] {
  const parts = path.split('/');
  const name = parts.at(-1)!.replace(/\.(ts|mjs)$/, '');
  const says: string[] = [];
  if (!KEBAB.test(name)) says.push('a file name is kebab-case');
  for (const part of [...parts.slice(2, -1), name.replace(/\..*$/, '')]) {
    if (EMPTY_NAMES.test(part)) says.push(`the name ${part} does not say what is inside`);
  }
  if (name === 'index' && !/^[^/]+\/[^/]+\/src\/(?:[^/]+\/)?index\.ts$/.test(path))
    says.push('index.ts is the entrance and nothing else');
  return says.map((one) => ({ file: path, line: 1, says: one }));
}

const FUNCTIONS = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'TSDeclareFunction',
]);
const SIGNATURES = new Set([
  'TSMethodSignature',
  'TSFunctionType',
  'TSCallSignatureDeclaration',
  'TSConstructSignatureDeclaration',
]);

function breachesOfFunction(syntax: Syntax, step: Step): Breach[] {
  const { node } = step;
  if (!FUNCTIONS.has(node.type) && !SIGNATURES.has(node.type)) return [];
  const line = syntax.lineOf(node.start);
  const breach = (says: string): Breach => ({ file: syntax.path, line, says: `${titleOf(step)} ${says}` });
  const breaches: Breach[] = [];
  const parameters = parametersOf(node);
  if (parameters.length > LIMITS.parameters && !isAead(parameters)) {
    breaches.push(breach(`has ${parameters.length} parameters, of at most ${LIMITS.parameters}: hand an object in`));
  }
  const lines = syntax.lineOf(node.end) - line + 1;
  if (lines > LIMITS.functionLines) breaches.push(breach(`has ${lines} lines, of at most ${LIMITS.functionLines}`));
  const deepest = depthOf(childOf(node, 'body'));
  if (deepest > LIMITS.nesting) breaches.push(breach(`is nested ${deepest} deep, of at most ${LIMITS.nesting}`));
  return breaches;
}

function parametersOf(node: SyntaxNode): readonly string[] {
  return childrenOf(node, 'params')
    .map((one) => nameOf(one) ?? '')
    .filter((name) => name !== 'this');
}

/** RFC 5116 gives authenticated encryption four inputs in this order; to bundle them would hide which is which. */
function isAead(parameters: readonly string[]): boolean {
  return /^key nonce (plain|sealed) aad$/.test(parameters.join(' '));
}

function titleOf({ node, parent }: Step): string {
  const name =
    nameOf(childOf(node, 'id')) ??
    nameOf(childOf(node, 'key')) ??
    (parent && nameOf(childOf(parent, 'id') ?? childOf(parent, 'key')));
  return name ?? titleOfCallback(parent) ?? 'a function without a name';
}

/** `test('a proof does not carry another entry', () => …)` is known by its first text. */
function titleOfCallback(parent: SyntaxNode | undefined): string | undefined {
  const first = parent?.type === 'CallExpression' ? childrenOf(parent, 'arguments')[0] : undefined;
  const title = nameOf(first);
  return first?.type === 'Literal' && title !== undefined ? `the function under "${title}"` : undefined;
}

const BRANCHES = new Set([
  'IfStatement',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'WhileStatement',
  'DoWhileStatement',
  'SwitchStatement',
  'TryStatement',
]);

/** How many branches and loops lie in one another; `else if` is no deeper, and a function inside starts anew. */
function depthOf(body: SyntaxNode | undefined): number {
  let deepest = 0;
  const waiting = body ? [{ node: body, depth: 0 }] : [];
  for (let at = waiting.pop(); at; at = waiting.pop()) {
    deepest = Math.max(deepest, at.depth);
    for (const { child, key } of statementsBelow(at.node)) {
      const deeper = BRANCHES.has(child.type) && !(child.type === 'IfStatement' && key === 'alternate');
      waiting.push({ node: child, depth: at.depth + (deeper ? 1 : 0) });
    }
  }
  return deepest;
}

function statementsBelow(node: SyntaxNode): { child: SyntaxNode; key: string }[] {
  const keys = ['body', 'consequent', 'alternate', 'block', 'handler', 'finalizer', 'cases'];
  return keys
    .flatMap((key) => childrenOf(node, key).map((child) => ({ child, key })))
    .filter(({ child }) => !FUNCTIONS.has(child.type));
}
