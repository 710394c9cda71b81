/** Finds every way in which a file names another module. */
import { childOf, childrenOf, nameOf, type Syntax, type SyntaxNode, walk } from './syntax.ts';

export interface Import {
  readonly target: string;
  readonly line: number;
  /** The names taken by value; '*' is all of them. Empty: evaluated, but nothing taken. */
  readonly names: readonly string[];
  /** Erased before it runs: it is knowledge of another room, but no power. */
  readonly typeOnly: boolean;
}

export interface Unreadable {
  readonly line: number;
  readonly says: string;
}

export interface Imports {
  readonly found: readonly Import[];
  readonly unreadable: readonly Unreadable[];
}

export function importsIn(syntax: Syntax): Imports {
  const found: Import[] = [];
  const unreadable: Unreadable[] = [];
  walk(syntax.program, ({ node }) => {
    const line = syntax.lineOf(node.start);
    if (node.type === 'TSImportEqualsDeclaration')
      unreadable.push({ line, says: 'import = is not used in this house' });
    const taken = namesTaken(node);
    if (taken === undefined) return;
    const target = nameOf(childOf(node, 'source'));
    if (target === undefined)
      unreadable.push({ line, says: 'an import whose target is not a plain text cannot be checked' });
    else found.push({ target, line, ...taken });
  });
  return { found, unreadable };
}

type Taken = Pick<Import, 'names' | 'typeOnly'>;

function namesTaken(node: SyntaxNode): Taken | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
      return ofList(node, node['importKind'], nameImported);
    case 'ExportNamedDeclaration':
      return childOf(node, 'source') && ofList(node, node['exportKind'], (one) => nameOf(childOf(one, 'local')) ?? '*');
    case 'ExportAllDeclaration':
      return { names: ['*'], typeOnly: node['exportKind'] === 'type' };
    case 'ImportExpression':
      return { names: ['*'], typeOnly: false };
    case 'TSImportType':
      return { names: [], typeOnly: true };
    default:
      return undefined;
  }
}

function ofList(node: SyntaxNode, kind: unknown, nameIn: (one: SyntaxNode) => string): Taken {
  if (kind === 'type') return { names: [], typeOnly: true };
  const values = childrenOf(node, 'specifiers').filter((one) => (one['importKind'] ?? one['exportKind']) !== 'type');
  return { names: values.map(nameIn), typeOnly: false };
}

/** A default or namespace import gives all that the module has. */
function nameImported(one: SyntaxNode): string {
  return one.type === 'ImportSpecifier' ? (nameOf(childOf(one, 'imported')) ?? '*') : '*';
}
