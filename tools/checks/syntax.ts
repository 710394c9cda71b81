/** Reads TypeScript with a parser, so that a comment or a string is never taken for code. */
import { parseSync, visitorKeys } from 'oxc-parser';
import type { SourceFile } from './plan.ts';

export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

export interface Comment {
  readonly start: number;
  readonly end: number;
}

export interface Syntax {
  readonly path: string;
  readonly source: string;
  readonly program: SyntaxNode;
  readonly comments: readonly Comment[];
  /** 1-based line of an offset. */
  lineOf(offset: number): number;
}

export interface Step {
  readonly node: SyntaxNode;
  readonly parent: SyntaxNode | undefined;
  readonly key: string; //        the property of the parent that holds the node
  readonly inType: boolean; //    true where nothing exists at run time
}

const parsedBefore = new WeakMap<SourceFile, Syntax>(); // several checks read the same file

/** @throws SyntaxError when the file is not TypeScript */
export function parseSource(file: SourceFile): Syntax {
  const syntax = parsedBefore.get(file) ?? parseFresh(file);
  parsedBefore.set(file, syntax);
  return syntax;
}

function parseFresh({ path, source }: SourceFile): Syntax {
  const parsed = parseSync(path, source, { preserveParens: false });
  const [error] = parsed.errors;
  if (error) throw new SyntaxError(`${path}: ${error.message}`);
  const starts = [0];
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
  return {
    path,
    source,
    program: parsed.program as unknown as SyntaxNode, // the walk below reads every node by its visitor keys alone
    comments: parsed.comments,
    lineOf: (offset) => lineIn(starts, offset),
  };
}

function lineIn(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}

const AT_RUN_TIME = new Set([
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSTypeAssertion',
  'TSInstantiationExpression',
  'TSParameterProperty',
  'TSEnumDeclaration',
  'TSEnumBody',
  'TSEnumMember',
  'TSModuleDeclaration',
  'TSModuleBlock',
  'TSExportAssignment',
]);

/** Visits every node, parents first. */
export function walk(root: SyntaxNode, visit: (step: Step) => void): void {
  const waiting: Step[] = [{ node: root, parent: undefined, key: '', inType: false }];
  for (let step = waiting.pop(); step; step = waiting.pop()) {
    visit(step);
    waiting.push(...stepsBelow(step).reverse());
  }
}

function stepsBelow({ node, inType }: Step): Step[] {
  const steps: Step[] = [];
  for (const key of visitorKeys[node.type] ?? []) {
    for (const child of childrenAt(node, key)) {
      const typeOnly = child.type.startsWith('TS') && !AT_RUN_TIME.has(child.type);
      steps.push({ node: child, parent: node, key, inType: inType || typeOnly });
    }
  }
  return steps;
}

function childrenAt(node: SyntaxNode, key: string): SyntaxNode[] {
  const value = node[key];
  return (Array.isArray(value) ? value : [value]).filter(isNode);
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value;
}

/** The node under a key, where the grammar has one. */
export function childOf(node: SyntaxNode, key: string): SyntaxNode | undefined {
  const value = node[key];
  return isNode(value) ? value : undefined;
}

export function childrenOf(node: SyntaxNode, key: string): readonly SyntaxNode[] {
  return childrenAt(node, key);
}

/** The name of an identifier or the text of a string literal. */
export function nameOf(node: SyntaxNode | undefined): string | undefined {
  const value = node?.type === 'Literal' ? node['value'] : node?.['name'];
  return typeof value === 'string' ? value : undefined;
}
