import { describe, expect, test } from 'vitest';
import type { Inspection } from '../../../src/change/change.ts';
import { inspectChange } from '../../../src/change/inspect.ts';

const LINES = 20_000;

/** A file whose every line is the beginning of something that never ends: patterns must give up, not try each way. */
function edited(path: string, line: string, first: string): string {
  const context = ` ${first}\n${` ${line}\n`.repeat(LINES)}`;
  return `diff --git a/${path} b/${path}\nindex 1111111..2222222 100644\n--- a/${path}\n+++ b/${path}\n@@ -1,${LINES + 1} +1,${LINES + 2} @@\n${context}+end\n`;
}

describe('text that is written to be slow', () => {
  test.each([
    ['annotations without a field', 'src/A.java', '    @Column(name = "a")', '@Entity'],
    ['fields without an end', 'src/A.java', '    private String a', '@Entity'],
    ['a class of very many fields', 'app/models.py', '    a: int', 'class A(SQLModel, table=True):'],
    ['types that do not close', 'schema.graphql', 'type A { a(b: C, d: E', ''],
    ['calls that do not close', 'app/migrations/0001_a.py', 'migrations.AddField((((((((((', ''],
    ['dependencies that do not close', 'pom.xml', '<dependency><groupId>a</groupId>', ''],
    ['groups that do not end', 'Gemfile', 'group :test do', ''],
    ['resources that go on', 'config/routes.rb', '  resources :a,', ''],
    ['structs that do not close', 'a.go', 'type A struct {', ''],
    ['regular expressions that do not close', 'src/a.ts', '= /a[b/c', ''],
    ['decorators without a property', 'src/a.dto.ts', `  ${'@IsA() '.repeat(60)}!`, 'export class A {'],
    ['handlers that do not close', 'app/main.py', '@app.get("/a")', ''],
    ['mappings without a method', 'src/A.java', '@GetMapping("/a") public public public', ''],
    ['models that do not close', 'prisma/schema.prisma', '  a A[] @relation(', 'model A {'],
    ['routes within routes that do not close', 'src/A.kt', 'route("/a") { get("/b") {', 'routing {'],
    ['decorated classes that do not close', 'src/a.ts', '@ObjectType() class A {', ''],
    [
      'groups of Laravel that do not close',
      'routes/api.php',
      "Route::prefix('a')->group(function () { Route::get('b', ",
      '<?php',
    ],
    ['marks of Symfony in a comment that do not close', 'src/A.php', ' * @Route("/a', '<?php /**'],
    [
      'groups of Go that do not close',
      'a.go',
      'r.Route("/a", func(r chi.Router) { b := r.Group("/b"); r.HandleFunc("/c",',
      '',
    ],
    ['attributes of C# that do not close', 'src/A.cs', '[Route("a"), HttpGet("b"', 'class A {'],
    ['groups of C# that do not close', 'src/A.cs', 'var a = b.MapGroup("/c"); a.MapGet("/d", (', ''],
    ['answers that do not close', 'src/AResponse.java', 'class AResponse { @A private String b', ''],
    ['records that do not close', 'src/A.cs', 'public record ARequest(int A, List<', ''],
    ['schemas that do not close', 'src/schemas/a.ts', 'export const A = z.object({ b: z.object({', ''],
    ['very many views', 'app/views.py', '    def get(self):', 'class A(View):'],
  ])('%s', async (_name, path, line, first) => {
    const { problems } = await inspectChange({ diffText: edited(path, line, first), commitMessages: '' });
    expect(problems.filter((problem) => problem.includes('could not be judged ('))).toEqual([]);
  });

  /** All of a library's file goes, so that what it offered is read. */
  function removed(path: string, line: string): Promise<Inspection> {
    const text = `${line}\n`.repeat(LINES);
    const manifests: Readonly<Record<string, string>> = {
      'package.json': JSON.stringify({ name: 'lib', version: '1.0.0', types: path, main: path }),
      'src/A.csproj': '<Project><PackageId>A</PackageId></Project>',
      'pom.xml': '<project><artifactId>lib</artifactId></project>',
    };
    const body = `-${line}\n`.repeat(LINES);
    return inspectChange({
      diffText: `diff --git a/${path} b/${path}\nindex 1111111..2222222 100644\n--- a/${path}\n+++ b/${path}\n@@ -1,${LINES} +1,1 @@\n${body}+end\n`,
      commitMessages: '',
      readBase: async (asked) => (asked === path ? text : (manifests[asked] ?? null)),
      readHead: async (asked) => (asked === path ? 'end\n' : (manifests[asked] ?? null)),
      listBase: async () => [path, ...Object.keys(manifests)],
    });
  }

  test.each([
    ['empty lines', 'src/a.ts', ''],
    ['lines of spaces', 'src/a.ts', ' '.repeat(400)],
    ['exported classes that do not close', 'src/a.ts', 'export declare class A { b(): void;'],
    ['exported namespaces that do not close', 'src/a.ts', 'export namespace A { interface B { c: D'],
    ['public classes of C# that do not close', 'src/A.cs', 'public class A<B { public C<D> E(int f = 1'],
    ['public classes that do not close', 'src/main/java/A.java', 'public class A { public void b(int c) {'],
  ])('a library of %s', async (_name, path, line) => {
    const { problems } = await removed(path, line);
    expect(problems.filter((problem) => problem.includes('could not be judged ('))).toEqual([]);
  });
});
