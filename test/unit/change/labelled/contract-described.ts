import { edits, type LabelledCase } from './labelled-case.ts';

const PROJECT = `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net8.0</TargetFramework>
    <PackageId>Depot.Client</PackageId>
  </PropertyGroup>
</Project>
`;
const WEB_PROJECT = PROJECT.replace('Microsoft.NET.Sdk', 'Microsoft.NET.Sdk.Web');
const CLIENT_FILE = 'src/Depot.Client/BayClient.cs';
const CLIENT = `using System.Threading.Tasks;

namespace Depot.Client
{
    public interface IBayReader
    {
        Task<Bay> Read(int id);
        string Name { get; }
    }

    public sealed record Bay(int Id, string Label, bool Open = true);

    public enum Side
    {
        Left,
        Right = 2,
    }

    public class BayClient : IBayReader
    {
        private readonly Http _http;
        internal int Calls;

        public BayClient(Http http, int retries = 3)
        {
            _http = http;
        }

        public string Name { get; set; } = "bays";

        public async Task<Bay> Read(int id)
        {
            var found = await _http.Ask<Bay>(id);
            return found;
        }

        public IEnumerable<Bay> All(string? label = null, CancellationToken token = default)
            => _http.List(label, token);

        protected void Note(string text) { }

        private static string Clean(string text) => text.Trim();
    }
}
`;
const dotnet = (name: string, truth: boolean, from: string, to: string, project = PROJECT): LabelledCase =>
  edits(`C#: ${name}`, truth, CLIENT_FILE, CLIENT, CLIENT.replace(from, to), {
    'src/Depot.Client/Depot.Client.csproj': project,
  });

const PY = `def pack(crates, size=12, *, label=None, strict=False):
    return [crates[at : at + size] for at in range(0, len(crates), size)]
`;
const python = (name: string, truth: boolean, from: string, to: string): LabelledCase =>
  edits(`Python: ${name}`, truth, 'depot/__init__.py', PY, PY.replace(from, to), {
    'pyproject.toml': '[project]\nname = "depot"\nversion = "1.0"\n',
  });

const API = `openapi: 3.0.3
info: { title: Depot, version: '1' }
paths:
  /bays:
    get:
      parameters:
        - name: side
          in: query
          schema: { type: string, enum: [left, right, middle] }
        - name: limit
          in: query
          schema: { type: integer, default: 50 }
        - $ref: '#/components/parameters/Sort'
      responses:
        '200':
          content:
            application/json:
              schema:
                type: array
                items: { $ref: '#/components/schemas/Bay' }
  /bays/{id}:
    post:
      parameters:
        - { name: id, in: path, required: true, schema: { type: string } }
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [label]
              properties:
                label: { type: string }
                place:
                  type: object
                  required: [row]
                  properties:
                    row: { type: integer }
                    kind: { type: string, enum: [shelf, floor] }
      responses:
        '204': { description: kept }
components:
  parameters:
    Sort:
      name: sort
      in: query
      schema: { type: array, items: { type: string, enum: [label, age] } }
  schemas:
    Bay:
      type: object
      required: [id, label]
      properties:
        id: { type: string }
        label: { type: string }
`;
const api = (name: string, truth: boolean, from: string, to: string): LabelledCase =>
  edits(`OpenAPI: ${name}`, truth, 'api/depot.yaml', API, API.replaceAll(from, to));

const JAVA_DTO = `package depot.web;

public class BayRequest {
    @NotBlank
    private String label;

    @JsonProperty("row_number")
    private Integer row;

    private transient int seen;

    public String getLabel() {
        return label;
    }
}
`;
const KOTLIN_DTO = `package depot.web

data class BayResponse(
    val id: String,
    @SerialName("row_number") val row: Int? = null,
)

data class CreateBayRequest(val label: String, val note: String? = null)
`;
const CSHARP_DTO = `namespace Depot.Web;

public class BayResponse
{
    public int Id { get; set; }
    [JsonPropertyName("row_number")]
    public int? Row { get; set; }
}

public record CreateBayRequest(string Label, string? Note = null);
`;
const ZOD = `import { z } from 'zod';

export const createBay = z.object({
  label: z.string().min(1),
  row: z.number().int().optional(),
});

export const BayReply = z.object({ id: z.string(), label: z.string() });
`;

/** Libraries of C#, defaults, and what descriptions and classes say of requests and answers. */
export const DESCRIBED_CONTRACT_CASES: readonly LabelledCase[] = [
  dotnet('a public method gone', true, 'public IEnumerable<Bay> All', 'internal IEnumerable<Bay> All'),
  dotnet('a private method renamed', false, 'string Clean(', 'string Tidy('),
  dotnet(
    'a further argument that may be left out',
    false,
    '(int id)\n        {',
    '(int id, bool deep = false)\n        {',
  ),
  dotnet('a further argument that must be given', true, '(int id)\n        {', '(int id, bool deep)\n        {'),
  dotnet('another result', true, 'public async Task<Bay> Read', 'public async ValueTask<Bay?> Read'),
  dotnet('a setter that nobody else may use now', true, '{ get; set; } = "bays"', '{ get; private set; } = "bays"'),
  dotnet('a value of an enum gone', true, '        Left,\n', ''),
  dotnet('a value of an enum more', false, '        Left,\n', '        Left,\n        Middle,\n'),
  dotnet('a member of a record gone', true, 'string Label, ', ''),
  dotnet(
    'a method that implementers must have',
    true,
    'string Name { get; }',
    'string Name { get; }\n        Task Drop(int id);',
  ),
  dotnet(
    'a method of an interface that has a body',
    false,
    'string Name { get; }',
    'string Name { get; }\n        Task Drop(int id) => Task.CompletedTask;',
  ),
  dotnet('an argument that is another when left out', true, 'int retries = 3', 'int retries = 10'),
  dotnet('an internal field gone', false, '        internal int Calls;\n', ''),
  dotnet(
    'a method gone from a program',
    false,
    'public IEnumerable<Bay> All',
    'internal IEnumerable<Bay> All',
    WEB_PROJECT,
  ),
  python('a number that is another when left out', true, 'size=12', 'size=24'),
  python('a truth that is another when left out', true, 'strict=False', 'strict=True'),
  python('nothing that becomes a mark of its own', false, 'label=None', 'label=MISSING'),
  python('the same default in other quotes and places', false, 'label=None, strict=False', 'strict=False, label=None'),
  api('a value of a parameter’s enum gone', true, '[left, right, middle]', '[left, right]'),
  api('a value of a parameter’s enum more', false, '[left, right, middle]', '[left, right, middle, top]'),
  api('a value that a list of a parameter may hold, gone', true, '[label, age]', '[label]'),
  api('a parameter that is another when left out', true, 'default: 50', 'default: 20'),
  api('a parameter of a path renamed', false, '{ name: id, in: path', '{ name: bay, in: path'),
  api('a value deep in a request, gone', true, '[shelf, floor]', '[floor]'),
  api('a property deep in a request that must be given', true, 'required: [row]', 'required: [row, kind]'),
  api(
    'a property that must be given, of an object that is new and may be left out',
    false,
    '                place:\n',
    '                owner: { type: object, required: [name], properties: { name: { type: string } } }\n                place:\n',
  ),
  api(
    'a property of an answer that may be null now',
    true,
    '        label: { type: string }\n',
    '        label: { type: string, nullable: true }\n',
  ),
  api(
    'an answer as another kind of text',
    true,
    '            application/json:\n              schema:\n                type: array',
    '            text/csv:\n              schema:\n                type: array',
  ),
  edits(
    'Java: a field of a request renamed on the wire',
    true,
    'src/main/java/depot/web/BayRequest.java',
    JAVA_DTO,
    JAVA_DTO.replace('row_number', 'rowNumber'),
  ),
  edits(
    'Java: a field of a request renamed behind its name on the wire',
    false,
    'src/main/java/depot/web/BayRequest.java',
    JAVA_DTO,
    JAVA_DTO.replace('Integer row', 'Integer rowNumber'),
  ),
  edits(
    'Java: a field of a request that must be given',
    true,
    'src/main/java/depot/web/BayRequest.java',
    JAVA_DTO,
    JAVA_DTO.replace('    @JsonProperty', '    @NotNull\n    @JsonProperty'),
  ),
  edits(
    'Kotlin: a field of an answer gone',
    true,
    'src/main/kotlin/depot/web/Bays.kt',
    KOTLIN_DTO,
    KOTLIN_DTO.replace('    val id: String,\n', ''),
  ),
  edits(
    'Kotlin: a field of a request more, that may be left out',
    false,
    'src/main/kotlin/depot/web/Bays.kt',
    KOTLIN_DTO,
    KOTLIN_DTO.replace('val note', 'val side: Side? = null, val note'),
  ),
  edits(
    'Kotlin: a field of a request more, that must be given',
    true,
    'src/main/kotlin/depot/web/Bays.kt',
    KOTLIN_DTO,
    KOTLIN_DTO.replace('val note', 'val side: Side, val note'),
  ),
  edits(
    'C#: a property of an answer renamed',
    true,
    'src/Depot.Web/Bays.cs',
    CSHARP_DTO,
    CSHARP_DTO.replace('int Id {', 'int Number {'),
  ),
  edits(
    'C#: a property of an answer renamed behind its name on the wire',
    false,
    'src/Depot.Web/Bays.cs',
    CSHARP_DTO,
    CSHARP_DTO.replace('int? Row {', 'int? RowNumber {'),
  ),
  edits(
    'C#: a member of a request’s record that must be given',
    true,
    'src/Depot.Web/Bays.cs',
    CSHARP_DTO,
    CSHARP_DTO.replace('string Label,', 'string Label, int Row,'),
  ),
  edits(
    'zod: a field that must be given now',
    true,
    'src/schemas/bays.ts',
    ZOD,
    ZOD.replace('.int().optional()', '.int()'),
  ),
  edits('zod: a field of an answer gone', true, 'src/schemas/bays.ts', ZOD, ZOD.replace('id: z.string(), ', '')),
  edits(
    'zod: a field more, that may be left out',
    false,
    'src/schemas/bays.ts',
    ZOD,
    ZOD.replace('  row:', '  side: z.string().nullish(),\n  row:'),
  ),
];
