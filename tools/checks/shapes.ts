/** Holds the source to the shapes of the house that neither the compiler nor the linter asks for. */
import type { Breach, SourceFile } from './plan.ts';
import { childOf, childrenOf, nameOf, parseSource, type Step, type Syntax, walk } from './syntax.ts';

export function breachesOfShapes(file: SourceFile): Breach[] {
  const syntax = parseSource(file);
  const breaches: Breach[] = [];
  walk(syntax.program, (step) => {
    const says = wrongShape(syntax, step);
    if (says) breaches.push({ file: file.path, line: syntax.lineOf(step.node.start), says });
  });
  return breaches;
}

function wrongShape(syntax: Syntax, step: Step): string | undefined {
  const { node } = step;
  switch (node.type) {
    case 'TSAsExpression':
      return wrongAs(syntax, step);
    case 'TSTypeAssertion':
      return 'a type is never asserted in angle brackets';
    case 'Decorator':
      return 'there are no decorators in this house';
    case 'ExportAllDeclaration':
      return isEntrance(syntax.path) ? undefined : 'only an entrance hands on all that a file has';
    case 'CatchClause':
      return childrenOf(childOf(node, 'body')!, 'body').length === 0 ? 'a catch swallows what it caught' : undefined;
    case 'NewExpression':
      return wrongFacts(step);
    case 'CallExpression':
      return syntax.path.endsWith('.test.ts') ? wrongTestName(step) : undefined;
    default:
      return undefined;
  }
}

/** `as const` needs no reason; every other `as` says what the compiler cannot know, in a comment on its line or the one above. */
function wrongAs(syntax: Syntax, { node, parent }: Step): string | undefined {
  if (nameOf(childOf(childOf(node, 'typeAnnotation')!, 'typeName')) === 'const') return undefined;
  if (parent?.type === 'TSAsExpression') return undefined; // `as unknown as T` is one claim
  const first = syntax.lineOf(node.start);
  const last = syntax.lineOf(node.end);
  const reasoned = syntax.comments.some(
    ({ start, end }) => syntax.lineOf(end) >= first - 1 && syntax.lineOf(start) <= last,
  );
  return reasoned ? undefined : 'an "as" stands beside its reason in a comment';
}

function isEntrance(path: string): boolean {
  return path.endsWith('/index.ts');
}

const SAYS_NOTHING = /\bshould\b|\bworks\b( correctly| fine| as expected|$)|without (an )?error|^test\b/i;

function wrongTestName({ node }: Step): string | undefined {
  const callee = childOf(node, 'callee')!;
  const [called, modifier] =
    callee.type === 'MemberExpression' ? [childOf(callee, 'object'), childOf(callee, 'property')] : [callee];
  if (!['test', 'it', 'describe', 'suite'].includes(nameOf(called) ?? '')) return undefined;
  if (nameOf(modifier) === 'only') return 'a test that runs alone hides the others';
  if (nameOf(modifier) === 'todo') return 'a test is written or it is not there';
  const name = nameOf(childrenOf(node, 'arguments')[0]);
  return name !== undefined && SAYS_NOTHING.test(name) ? `"${name}" is not a sentence about the product` : undefined;
}

/** Facts go to callers, logs and pages: ids, counts and limits, never what somebody sent or is. */
const PRIVATE =
  /^(name|names|label|title|text|value|body|email|phone|address|ip|password|secret|token|key|template|picture|image|photo|reference|reason|message|path|file_name|url)$/;

function wrongFacts({ node }: Step): string | undefined {
  const made = nameOf(childOf(node, 'callee'));
  if (made !== 'Refusal' && made !== 'Fault') return undefined;
  const facts = childrenOf(node, 'arguments')[made === 'Refusal' ? 1 : 2];
  if (facts?.type !== 'ObjectExpression') return undefined;
  const keys = childrenOf(facts, 'properties').map((property) => nameOf(childOf(property, 'key')) ?? '');
  const found = keys.find((key) => PRIVATE.test(key));
  return found === undefined ? undefined : `facts hold ids, counts and limits, and "${found}" may be more`;
}
