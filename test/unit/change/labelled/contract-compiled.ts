import { changes, edits, type LabelledCase } from './labelled-case.ts';

const GO_MOD = { 'go.mod': 'module example.org/till\n\ngo 1.22\n' };
const GO_STORE = `package store

import "context"

// Store keeps receipts.
type Store interface {
	Put(ctx context.Context, id string, body []byte) error
}

type Options struct {
	Folder  string
	Retries int
}

const (
	ModeFast = iota
	ModeSafe
)

func Open(folder string, name string) (*File, error) {
	return open(folder, name)
}

func (f *File) Close() error { return f.inner.Close() }
`;

const GO: readonly LabelledCase[] = [
  edits(
    'Go module without a root package: function gone',
    true,
    'store/store.go',
    GO_STORE,
    GO_STORE.replace('func Open(', 'func openOne('),
    GO_MOD,
  ),
  edits(
    'Go: a field of an exported struct gone',
    true,
    'store/store.go',
    GO_STORE,
    GO_STORE.replace('	Retries int\n', ''),
    GO_MOD,
  ),
  edits(
    'Go: the result is another',
    true,
    'store/store.go',
    GO_STORE,
    GO_STORE.replace('(*File, error)', '*File'),
    GO_MOD,
  ),
  edits(
    'Go: who implements the interface must have one more method',
    true,
    'store/store.go',
    GO_STORE,
    GO_STORE.replace('error\n}', 'error\n	Drop(id string) error\n}'),
    GO_MOD,
  ),
  edits(
    'Go: a constant of a group gone',
    true,
    'store/store.go',
    GO_STORE,
    GO_STORE.replace('	ModeSafe\n', ''),
    GO_MOD,
  ),
  edits(
    'Go: parameters renamed and written as one',
    false,
    'store/store.go',
    GO_STORE,
    GO_STORE.replace('folder string, name string', 'dir, file string').replace('open(folder, name)', 'open(dir, file)'),
    GO_MOD,
  ),
  edits(
    'Go: options added at the end',
    false,
    'store/store.go',
    GO_STORE,
    GO_STORE.replace('name string)', 'name string, more ...Option)'),
    GO_MOD,
  ),
  edits(
    'Go: a package below internal',
    false,
    'internal/store/store.go',
    GO_STORE,
    GO_STORE.replace('func Open(', 'func OpenOne('),
    GO_MOD,
  ),
  edits(
    'Go: a program is no library',
    false,
    'store/store.go',
    GO_STORE,
    GO_STORE.replace('func Open(', 'func OpenOne('),
    { ...GO_MOD, 'cmd/till/main.go': 'package main\n' },
  ),
  changes(
    'Go: a type moved to another file of its package',
    false,
    { 'store/store.go': GO_STORE },
    {
      'store/store.go': GO_STORE.replace('type Options struct {\n	Folder  string\n	Retries int\n}\n', ''),
      'store/options.go': 'package store\n\ntype Options struct {\n	Folder  string\n	Retries int\n}\n',
    },
    GO_MOD,
  ),
  edits(
    'Go: a type that now stands for one elsewhere holds what that one does',
    false,
    'store/store.go',
    `${GO_STORE}\ntype File struct{}\n`,
    `${GO_STORE.replace('func (f *File) Close() error { return f.inner.Close() }\n', '')}\ntype File = inner.File\n`,
    GO_MOD,
  ),
  edits(
    'Go: a type taken out of a group',
    false,
    'store/limits.go',
    'package store\n\ntype (\n\tLimiter interface {\n\t\tAllow(id string) bool\n\t}\n)\n',
    'package store\n\ntype Limiter interface {\n\tAllow(id string) bool\n}\n',
    GO_MOD,
  ),
];

const CRATE = {
  'Cargo.toml': '[package]\nname = "till"\nversion = "1.0.0"\n',
  'src/lib.rs': 'mod drawer;\npub mod coin;\npub use drawer::Drawer;\n',
};
const RUST_DRAWER = `use std::fmt;

pub struct Drawer<'a> {
    pub name: &'a str,
    count: usize,
}

pub enum Fault {
    Stuck,
    Empty,
}

impl<'a> Drawer<'a> {
    pub fn open(name: &'a str, count: usize) -> Self {
        Self { name, count }
    }

    fn inner(&self) -> usize {
        self.count
    }
}

pub(crate) fn helper() {}

pub fn spare() {}
`;

const RUST: readonly LabelledCase[] = [
  edits(
    'Rust: a method takes another type, in a module that lib.rs passes on',
    true,
    'src/drawer.rs',
    RUST_DRAWER,
    RUST_DRAWER.replace('count: usize) -> Self', 'count: u64) -> Self'),
    CRATE,
  ),
  edits(
    'Rust: a public field gone',
    true,
    'src/drawer.rs',
    RUST_DRAWER,
    RUST_DRAWER.replace("    pub name: &'a str,\n", ''),
    CRATE,
  ),
  edits(
    'Rust: a variant gone from a public module',
    true,
    'src/coin.rs',
    RUST_DRAWER,
    RUST_DRAWER.replace('    Stuck,\n', ''),
    CRATE,
  ),
  edits(
    'Rust: a function of a module that nothing leads to',
    false,
    'src/drawer.rs',
    RUST_DRAWER,
    RUST_DRAWER.replace('pub fn spare() {}\n', ''),
    CRATE,
  ),
  edits(
    'Rust: what is public in the crate alone',
    false,
    'src/coin.rs',
    RUST_DRAWER,
    RUST_DRAWER.replace('pub(crate) fn helper() {}', 'pub(crate) fn help(n: u8) {}'),
    CRATE,
  ),
  edits(
    'Rust: a private method and a lifetime renamed',
    false,
    'src/coin.rs',
    RUST_DRAWER,
    RUST_DRAWER.replaceAll("'a", "'d").replace('fn inner', 'fn total'),
    CRATE,
  ),
];

const POM = { 'pom.xml': '<project><licenses><license/></licenses><packaging>jar</packaging></project>' };
const JAVA = `package org.acme.till;

public class Drawer {
    public static final int LIMIT = 10;

    public Drawer(final String name) {
        this.name = name;
    }

    @Deprecated
    public void add(final Coin coin, final int times) {
        keep(coin);
    }

    void keep(Coin coin) {
    }

    public interface Listener {
        void added(Coin coin);
    }
}
`;

const JVM: readonly LabelledCase[] = [
  edits(
    'Java library: a deprecated method gone',
    true,
    'src/main/java/org/acme/till/Drawer.java',
    JAVA,
    JAVA.replace(
      '    @Deprecated\n    public void add(final Coin coin, final int times) {\n        keep(coin);\n    }\n',
      '',
    ),
    POM,
  ),
  edits(
    'Java library: a constructor needs more',
    true,
    'src/main/java/org/acme/till/Drawer.java',
    JAVA,
    JAVA.replace('Drawer(final String name)', 'Drawer(final String name, final int size)'),
    POM,
  ),
  edits(
    'Java library: who listens must have one more method',
    true,
    'src/main/java/org/acme/till/Drawer.java',
    JAVA,
    JAVA.replace('added(Coin coin);', 'added(Coin coin);\n        void gone(Coin coin);'),
    POM,
  ),
  edits(
    'Java library: methods in another order, parameters renamed',
    false,
    'src/main/java/org/acme/till/Drawer.java',
    JAVA,
    JAVA.replace('final Coin coin, final int times', 'Coin one, int count').replace(
      'keep(coin);\n    }\n\n    void',
      'keep(one);\n    }\n\n    void',
    ),
    POM,
  ),
  edits(
    'Java library: a package-private method gone',
    false,
    'src/main/java/org/acme/till/Drawer.java',
    JAVA,
    JAVA.replace('    void keep(Coin coin) {\n    }\n', ''),
    POM,
  ),
  edits(
    'Java program',
    false,
    'src/main/java/org/acme/till/Drawer.java',
    JAVA,
    JAVA.replace('void add(', 'void put('),
    { 'pom.xml': '<project><licenses/><artifactId>spring-boot-maven-plugin</artifactId></project>' },
  ),
  edits(
    'Kotlin library: a function needs more',
    true,
    'src/main/kotlin/Till.kt',
    'package till\n\nfun open(name: String): Till = Till(name)\n',
    'package till\n\nfun open(name: String, size: Int): Till = Till(name)\n',
    { 'build.gradle.kts': 'plugins { `maven-publish` }\n' },
  ),
  edits(
    'Kotlin library: an internal function changed',
    false,
    'src/main/kotlin/Till.kt',
    'package till\n\ninternal fun open(name: String): Till = Till(name)\n',
    'package till\n\ninternal fun openAll(): Till = Till("")\n',
    { 'build.gradle.kts': 'plugins { `maven-publish` }\n' },
  ),
];

/** Libraries of Go, Rust, Java and Kotlin. */
export const CONTRACT_COMPILED: readonly LabelledCase[] = [...GO, ...RUST, ...JVM];
