/** A log of 70,000 entries, the example of tlog-tiles, as others read it: by Go's sumdb packages, and by RFC 6962's text. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { keyIdOf, parseNote } from '@visor/ledger';
import type { Ledger } from '@visor/ledger/store';
import { base64, concat, hex, text } from '@visor/record';
import { quickEntry } from '../long/power-cuts/house.ts';
import { sha256 } from '../long/power-cuts/keeper.ts';
import { Rig } from '../long/power-cuts/rig.ts';
import { pathsOf } from './ledger-rig.ts';

const SIZE = 70_000;
const rig = new Rig();
let ledger: Ledger;
let folder = ''; // of the log, on the disk in memory

before(async () => {
  ledger = await rig.open({ sizes: { segment: 8 * 1024 * 1024, reserve: 0 } });
  const one = quickEntry(rig.random);
  for (let done = 0; done < SIZE; done += 1000) {
    const entries = Array.from({ length: 1000 }, () => ({ ...one, id: rig.random(16) }));
    for (const entry of entries) rig.table.commit(ledger.part(rig.log, entry, 'gate'));
    await Promise.all(entries.map((entry) => ledger.enter(rig.log, entry)));
  }
  await rig.rounds();
  folder = dirname(pathsOf(rig, '/checkpoint')[0]!);
});
after(() => ledger[Symbol.asyncDispose]());

test('a log of 70,000 entries has the tiles that the specification counts', () => {
  const names = pathsOf(rig, '/tile/').map((path) => path.slice(folder.length + 1));
  const full = (level: string): number =>
    names.filter((name) => name.startsWith(`tile/${level}/`) && !name.includes('.p/')).length;
  assert.deepEqual([full('0'), full('1'), full('2'), full('entries')], [273, 1, 0, 273]);
  assert.deepEqual(
    names.filter((name) => name.includes('.p/')),
    ['tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1', 'tile/entries/273.p/112'],
  );
});

/** The leaves out of the entry bundles, which hold each behind its length in two bytes. */
function leavesOnDisk(): Uint8Array[] {
  const leaves: Uint8Array[] = [];
  for (const path of pathsOf(rig, '/tile/entries/')) {
    const bytes = rig.disk.files().get(path)!;
    for (let at = 0; at < bytes.length; ) {
      const length = bytes[at]! * 256 + bytes[at + 1]!;
      leaves.push(bytes.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  return leaves;
}

// RFC 6962, 2.1 and 2.1.1, word for word and slow: MTH(D[n]) and PATH(m, D[n]).
const H = (...parts: Uint8Array[]): Uint8Array => hash('sha256', concat(parts), 'buffer');
const largestPowerBelow = (n: number): number => 2 ** (Math.ceil(Math.log2(n)) - 1);
function mth(d: readonly Uint8Array[]): Uint8Array {
  if (d.length === 1) return H(Uint8Array.of(0), d[0]!);
  const k = largestPowerBelow(d.length);
  return H(Uint8Array.of(1), mth(d.slice(0, k)), mth(d.slice(k)));
}
function path(m: number, d: readonly Uint8Array[]): Uint8Array[] {
  if (d.length === 1) return [];
  const k = largestPowerBelow(d.length);
  return m < k ? [...path(m, d.slice(0, k)), mth(d.slice(k))] : [...path(m - k, d.slice(k)), mth(d.slice(0, k))];
}

test('a slow checker, written from the text of RFC 6962, comes to the same root and the same proofs', async () => {
  const leaves = leavesOnDisk();
  assert.equal(leaves.length, SIZE);
  const { size, root } = parseNote(text(rig.disk.files().get(`${folder}/checkpoint`)!));
  assert.equal(size, SIZE);
  assert.equal(hex(mth(leaves)), hex(root));
  for (const index of [0, 255, 256, 65_535, 65_536, 69_887, 69_999]) {
    const made = await ledger.prove(rig.log.origin, index, SIZE);
    assert.deepEqual(made.map(hex), path(index, leaves).map(hex), String(index));
  }
});

const GO = `package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type disk struct{ folder string }

func (disk) Height() int                            { return 8 }
func (disk) SaveTiles(tiles []tlog.Tile, data [][]byte) {}
func (d disk) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range tiles {
		data, err := os.ReadFile(d.folder + "/" + strings.Replace(t.Path(), "tile/8/", "tile/", 1))
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

func check(err error) {
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
}

func main() {
	folder, vkey := os.Args[1], os.Args[2]
	text, err := os.ReadFile(folder + "/checkpoint")
	check(err)
	verifier, err := note.NewVerifier(vkey)
	check(err)
	opened, err := note.Open(text, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\\n")
	var size int64
	fmt.Sscan(lines[1], &size)
	var root tlog.Hash
	raw, err := base64.StdEncoding.DecodeString(lines[2])
	check(err)
	copy(root[:], raw)
	tree := tlog.Tree{N: size, Hash: root}
	hashes := tlog.TileHashReader(tree, disk{folder})
	proofs := 0
	for n := int64(0); n < size; n += 97 {
		leaf, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, n)})
		check(err)
		proof, err := tlog.ProveRecord(size, n, hashes)
		check(err)
		check(tlog.CheckRecord(proof, size, root, n, leaf[0]))
		proofs++
	}
	old, err := tlog.TreeHash(size/2, hashes)
	check(err)
	proof, err := tlog.ProveTree(size, size/2, hashes)
	check(err)
	check(tlog.CheckTree(proof, size, root, size/2, old))
	fmt.Println("checked", proofs, "of", size)
}
`;

/** Debian's Go and its packages, or where else VISOR_GO_ROOT says that a copy of them lies. */
function goTools(): { readonly go: string; readonly env: NodeJS.ProcessEnv } | undefined {
  const root = process.env['VISOR_GO_ROOT'] ?? '';
  const go = [`${root}/usr/lib/go-1.19/bin/go`, `${root}/usr/lib/go/bin/go`, `${root}/usr/bin/go`].find(existsSync);
  const packages = `${root}/usr/share/gocode`;
  if (go === undefined || !existsSync(`${packages}/src/golang.org/x/mod/sumdb`)) return undefined;
  return {
    go,
    env: { ...process.env, GO111MODULE: 'off', GOPATH: packages, GOFLAGS: '', GOROOT: dirname(dirname(go)) },
  };
}

test('Go opens the checkpoint and checks proofs from our tiles, and refuses a changed one', (t) => {
  const tools = goTools();
  if (tools === undefined) return t.skip('needs golang-go and golang-golang-x-mod-dev of Debian');
  const copy = mkdtempSync(join(tmpdir(), 'visor-go-'));
  t.after(() => rmSync(copy, { recursive: true, force: true }));
  for (const [name, bytes] of rig.disk.files()) {
    if (!name.startsWith(`${folder}/`)) continue;
    const to = join(copy, name.slice(folder.length));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, bytes);
  }
  writeFileSync(join(copy, 'main.go'), GO);
  const id = keyIdOf(sha256, rig.log.origin, rig.keeper.publicKey);
  const vkey = `${rig.log.origin}+${hex(id)}+${base64(concat([Uint8Array.of(1), rig.keeper.publicKey]))}`;
  const env = { ...tools.env, GOCACHE: join(copy, 'cache'), HOME: copy };
  execFileSync(tools.go, ['build', '-o', join(copy, 'reader'), join(copy, 'main.go')], { env, stdio: 'pipe' });
  const read = (): string => execFileSync(join(copy, 'reader'), [copy, vkey], { stdio: 'pipe' }).toString();
  assert.equal(read(), 'checked 722 of 70000\n');
  const tile = join(copy, 'tile/0/100');
  const bytes = rig.disk.files().get(`${folder}/tile/0/100`)!;
  writeFileSync(tile, bytes.with(40, bytes[40]! ^ 1));
  assert.throws(read);
});
