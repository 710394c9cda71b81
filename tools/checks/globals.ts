/** Finds what a file touches without importing it: clocks, chance, the network, the process. */
import type { Plan, Power } from './plan.ts';
import { childOf, childrenOf, nameOf, type Step, type Syntax, type SyntaxNode, walk } from './syntax.ts';

export interface Touch {
  readonly line: number;
  /** How the source spells it, e.g. `Date.now`. */
  readonly name: string;
  /** The power it needs; undefined when nobody may. */
  readonly power: Power | undefined;
}

interface Reference extends Step {
  readonly name: string;
}

/** A node to its parent. */
type Above = ReadonlyMap<SyntaxNode, SyntaxNode | undefined>;

export function touchesIn(plan: Plan, syntax: Syntax): Touch[] {
  const bound = new Set<string>();
  const references: Reference[] = [];
  const touches: Touch[] = [];
  const above = new Map<SyntaxNode, SyntaxNode | undefined>();
  walk(syntax.program, (step) => {
    above.set(step.node, step.parent);
    const line = syntax.lineOf(step.node.start);
    if (reachesConstructor(step.node)) touches.push({ line, name: '.constructor', power: undefined });
    if (step.node.type !== 'Identifier' || step.inType) return;
    const name = nameOf(step.node)!;
    if (isAmbient(step, above)) return;
    if (binds(step, above)) bound.add(name);
    else if (refers(step, above)) references.push({ ...step, name });
  });
  for (const name of bound)
    if (isPower(plan, name)) touches.push({ line: 1, name: `a binding called ${name}`, power: undefined });
  for (const reference of references) {
    const touch = bound.has(reference.name) ? undefined : touchOf(plan, reference);
    if (touch) touches.push({ ...touch, line: syntax.lineOf(reference.node.start) });
  }
  return touches;
}

/** `(() => {}).constructor('…')` is eval by another name. */
function reachesConstructor(node: SyntaxNode): boolean {
  return node.type === 'MemberExpression' && nameOf(childOf(node, 'property')) === 'constructor';
}

/** A name that hides a power would make the check blind, so nobody may bind one. */
function isPower(plan: Plan, name: string): boolean {
  if (plan.nobody.includes(name)) return true;
  return Object.keys(plan.globals).some((global) => baseOf(global) === name);
}

function baseOf(global: string): string {
  return global.replace(/^new /, '').replace(/[.(].*$/, '');
}

function touchOf(plan: Plan, reference: Reference): Omit<Touch, 'line'> | undefined {
  const { name } = reference;
  if (plan.nobody.includes(name)) return { name, power: undefined };
  const inside = Object.keys(plan.globals).filter((global) => baseOf(global) === name && global !== name);
  const spelled = spellingOf(reference);
  if (name in plan.globals && !(spelled && inside.includes(spelled))) return { name, power: plan.globals[name] };
  const touched = inside.find((global) => global === spelled) ?? (spelled === undefined ? inside[0] : undefined);
  if (touched) return { name: touched, power: plan.globals[touched] };
  return plan.everybody.includes(name) ? undefined : { name, power: undefined };
}

/** `Date.now`, `new Date()`, `new Date(…)`; undefined when the object itself goes out of sight. */
function spellingOf({ name, node, parent, key }: Reference): string | undefined {
  if (parent?.type === 'MemberExpression' && key === 'object') {
    const property = nameOf(childOf(parent, 'property'));
    return parent['computed'] === false || childOf(parent, 'property')?.type === 'Literal'
      ? `${name}.${property}`
      : undefined;
  }
  if (parent?.type === 'BinaryExpression' && parent['operator'] === 'instanceof') return `instanceof ${name}`;
  if (parent?.type !== 'NewExpression' || childOf(parent, 'callee') !== node) return undefined;
  const given = childrenOf(parent, 'arguments');
  return given.length === 0 || given[0]!.type === 'SpreadElement' ? `new ${name}()` : `new ${name}(…)`;
}

const BINDERS: Readonly<Record<string, readonly string[]>> = {
  VariableDeclarator: ['id'],
  FunctionDeclaration: ['id', 'params'],
  FunctionExpression: ['id', 'params'],
  ArrowFunctionExpression: ['params'],
  ClassDeclaration: ['id'],
  ClassExpression: ['id'],
  CatchClause: ['param'],
  ImportSpecifier: ['local'],
  ImportDefaultSpecifier: ['local'],
  ImportNamespaceSpecifier: ['local'],
  TSEnumDeclaration: ['id'],
  TSModuleDeclaration: ['id'],
};
const PATTERNS = new Set(['ObjectPattern', 'ArrayPattern', 'AssignmentPattern', 'RestElement', 'TSParameterProperty']);

/** Whether the identifier gives a name to something, alone or inside a pattern. */
function binds(step: Step, above: Above): boolean {
  let { node, parent, key } = step;
  while (parent && inPattern(node, parent)) {
    node = parent;
    parent = above.get(node);
    key = parent ? (Object.keys(parent).find((name) => holds(parent, name, node)) ?? '') : '';
  }
  return parent !== undefined && (BINDERS[parent.type]?.includes(key) ?? false);
}

/** `declare const` gives a type to a name that is there already, and hides nothing. */
function isAmbient({ parent, key }: Step, above: Above): boolean {
  return parent?.type === 'VariableDeclarator' && key === 'id' && above.get(parent)?.['declare'] === true;
}

function holds(parent: SyntaxNode | undefined, key: string, node: SyntaxNode): boolean {
  const value = parent?.[key];
  return value === node || (Array.isArray(value) && value.includes(node));
}

function inPattern(node: SyntaxNode, parent: SyntaxNode): boolean {
  if (parent.type === 'AssignmentPattern') return childOf(parent, 'left') === node;
  if (parent.type === 'Property') return childOf(parent, 'value') === node;
  return PATTERNS.has(parent.type);
}

/** Whether the identifier stands for a value, and is not just the name of a property, a label or an export. */
function refers({ parent, key }: Step, above: Above): boolean {
  if (!parent) return false;
  const fixed = parent['computed'] !== true;
  if (key === 'property' && parent.type === 'MemberExpression') return fixed === false;
  if (key === 'key') return fixed === false;
  if (key === 'label' || parent.type === 'MetaProperty') return false;
  if (parent.type === 'ImportSpecifier' || parent.type === 'ImportAttribute') return false;
  if (parent.type === 'ExportSpecifier') return key === 'local' && !childOf(above.get(parent)!, 'source');
  if (parent.type === 'ExportAllDeclaration') return false;
  return true;
}
