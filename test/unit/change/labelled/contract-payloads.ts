import { changes, edits, type LabelledCase } from './labelled-case.ts';

const FASTAPI = `from fastapi import Depends, FastAPI, Request

app = FastAPI()


@app.get("/items/{item_id}")
async def read_item(request: Request, item_id: int, limit: int = 10, db=Depends(get_db)):
    return {}
`;

const PYDANTIC = `from pydantic import BaseModel, Field


class UserOut(BaseModel):
    id: int
    email: str
    phone: str | None = None


class UserCreate(BaseModel):
    email: str
    name: str = Field(default="", max_length=80)
`;

const SERIALIZER = `from rest_framework import serializers


class OrderSerializer(serializers.ModelSerializer):
    total = serializers.DecimalField(max_digits=8, decimal_places=2)

    class Meta:
        model = Order
        fields = ["id", "total", "currency"]
`;

const DTO = `import { IsInt, IsOptional, IsString } from 'class-validator';

export class CreateOrderDto {
  @IsString()
  number: string;

  @IsOptional()
  @IsString()
  note?: string;
}

export class OrderResponse {
  id: number;
  number: string;
}
`;

const SPRING = `package shop;

@RestController
@RequestMapping("/orders")
class OrderController {
    @GetMapping("/search")
    public List<Order> search(@RequestParam String q, @RequestParam(required = false) Integer page) {
        return orders.find(q, page);
    }

    @PostMapping
    public Order place(@RequestBody OrderIn order) {
        return orders.place(order);
    }
}
`;

const after = (text: string, from: string, to: string) => {
  if (!text.includes(from)) throw new Error(`no ${from}`);
  return text.replace(from, to);
};
const edited = (name: string, truth: boolean, path: string, text: string, from: string, to: string): LabelledCase =>
  edits(name, truth, path, text, after(text, from, to));

/** What requests and answers hold, as handlers and classes say it. */
const GO_ANSWER = `package orders

type Order struct {
	ID    int64   \`json:"id"\`
	Total int64   \`json:"total"\`
	Note  *string \`json:"note,omitempty"\`
}

type PlaceRequest struct {
	Sku  string \`json:"sku" validate:"required"\`
	Gift string \`json:"gift"\`
}
`;

const RUST_REQUEST = `use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
pub struct CreateOrder {
    pub sku: String,
    #[serde(default)]
    pub gift: bool,
    pub note: Option<String>,
}

#[derive(Serialize)]
pub struct OrderResponse {
    pub id: i64,
    #[serde(rename = "sum")]
    pub total: i64,
}
`;

export const PAYLOAD_CASES: readonly LabelledCase[] = [
  edited('FastAPI: a query parameter that must be sent', true, 'app/main.py', FASTAPI, 'limit:', 'tenant: str, limit:'),
  edited(
    'FastAPI: a query parameter that may be sent',
    false,
    'app/main.py',
    FASTAPI,
    'limit: int = 10',
    'limit: int = 10, tenant: str | None = None',
  ),
  edited(
    'FastAPI: an optional parameter becomes required',
    true,
    'app/main.py',
    FASTAPI,
    'limit: int = 10',
    'limit: int',
  ),
  edited(
    'FastAPI: what the framework hands in',
    false,
    'app/main.py',
    FASTAPI,
    'db=Depends',
    'tasks: BackgroundTasks, user: Annotated[User, Depends(current)], db=Depends',
  ),
  edited(
    'FastAPI: a handler by another name, a parameter by another order',
    false,
    'app/main.py',
    FASTAPI,
    'read_item(request: Request, item_id: int, limit: int = 10',
    'get_item(item_id: int, request: Request, limit: int = 20',
  ),
  edited(
    'FastAPI: a new route with a parameter that must be sent',
    false,
    'app/main.py',
    FASTAPI,
    '    return {}\n',
    '    return {}\n\n\n@app.get("/search")\ndef search(q: str):\n    return []\n',
  ),
  edited(
    'pydantic: a field of an answer is gone',
    true,
    'app/schemas.py',
    PYDANTIC,
    '    phone: str | None = None\n',
    '',
  ),
  edited(
    'pydantic: a field of an answer is new',
    false,
    'app/schemas.py',
    PYDANTIC,
    '    email: str\n    phone',
    '    email: str\n    name: str\n    phone',
  ),
  edited(
    'pydantic: a request must hold more',
    true,
    'app/schemas.py',
    PYDANTIC,
    'class UserCreate(BaseModel):\n',
    'class UserCreate(BaseModel):\n    tenant: str\n',
  ),
  edited(
    'pydantic: a request may hold more',
    false,
    'app/schemas.py',
    PYDANTIC,
    'class UserCreate(BaseModel):\n',
    'class UserCreate(BaseModel):\n    tenant: str = "main"\n    age: Optional[int]\n',
  ),
  edited('pydantic: a class by another name', false, 'app/schemas.py', PYDANTIC, 'class UserOut(', 'class UserRead('),
  edited(
    'pydantic: settings are no contract',
    false,
    'app/api/config.py',
    PYDANTIC.replaceAll('UserOut', 'ApiSettings'),
    '    phone: str | None = None\n',
    '',
  ),
  edited(
    'pydantic: a model that no API shows',
    false,
    'app/engine/plan.py',
    PYDANTIC,
    '    phone: str | None = None\n',
    '',
  ),
  changes(
    'pydantic: a class moves to another file',
    false,
    { 'app/schemas.py': PYDANTIC },
    { 'app/schemas/user.py': PYDANTIC },
  ),
  edited('Django REST: a field leaves the list', true, 'shop/serializers.py', SERIALIZER, ', "currency"', ''),
  edited(
    'Django REST: a declared field is gone',
    true,
    'shop/serializers.py',
    SERIALIZER.replace('"total", ', ''),
    '    total = serializers.DecimalField(max_digits=8, decimal_places=2)\n',
    '',
  ),
  edited(
    'Django REST: a field joins, the list is a tuple',
    false,
    'shop/serializers.py',
    SERIALIZER,
    '["id", "total", "currency"]',
    '("id", "total", "currency", "note")',
  ),
  edited(
    'Django: the fields of a form are no contract',
    false,
    'shop/forms.py',
    SERIALIZER.replaceAll('Serializer', 'Form').replaceAll('serializers', 'forms'),
    ', "currency"',
    '',
  ),
  edited(
    'Nest: a request must hold more',
    true,
    'src/orders/create-order.dto.ts',
    DTO,
    'export class CreateOrderDto {',
    'export class CreateOrderDto {\n  @IsInt()\n  tenant: number;\n',
  ),
  edited(
    'Nest: a request may hold more',
    false,
    'src/orders/create-order.dto.ts',
    DTO,
    'export class CreateOrderDto {',
    'export class CreateOrderDto {\n  @IsOptional()\n  @IsInt()\n  tenant: number;\n\n  page?: number;\n  size = 20;\n',
  ),
  edited('Nest: a property of an answer is gone', true, 'src/orders/order.dto.ts', DTO, '  id: number;\n', ''),
  edited(
    'Nest: an answer holds more',
    false,
    'src/orders/order.dto.ts',
    DTO,
    '  id: number;\n',
    '  id: number;\n  placedAt: string;\n',
  ),
  edited(
    'Nest: other checks of the same property',
    false,
    'src/orders/create-order.dto.ts',
    DTO,
    '@IsString()\n  number',
    '@IsString()\n  @Length(1, 20)\n  number',
  ),
  edited(
    'TypeScript: a class that carries nothing over the wire',
    false,
    'src/cart.ts',
    'export class Cart {\n  items: string[];\n  owner: string;\n}\n',
    '  owner: string;\n',
    '',
  ),
  edited(
    'Spring: a parameter that must be sent',
    true,
    'src/main/java/shop/OrderController.java',
    SPRING,
    '@RequestParam String q,',
    '@RequestParam String q, @RequestParam String tenant,',
  ),
  edited(
    'Spring: a parameter that may be sent',
    false,
    'src/main/java/shop/OrderController.java',
    SPRING,
    '@RequestParam String q,',
    '@RequestParam String q, @RequestParam(defaultValue = "main") String tenant,',
  ),
  edited(
    'Spring: an optional parameter becomes required',
    true,
    'src/main/java/shop/OrderController.java',
    SPRING,
    '@RequestParam(required = false) Integer page',
    '@RequestParam Integer page',
  ),
  edited(
    'Spring: a variable by another name, the wire keeps its own',
    false,
    'src/main/java/shop/OrderController.java',
    SPRING.replace('@RequestParam String q', '@RequestParam("q") String q'),
    '@RequestParam("q") String q',
    '@RequestParam("q") String query',
  ),
  edited(
    'Spring: a header that must be sent',
    true,
    'src/main/java/shop/OrderController.java',
    SPRING,
    'place(@RequestBody',
    'place(@RequestHeader("X-Tenant") String tenant, @RequestBody',
  ),
  edited(
    'Spring: a body by another name and class',
    false,
    'src/main/java/shop/OrderController.java',
    SPRING,
    '@RequestBody OrderIn order',
    '@RequestBody OrderRequest request',
  ),
  edited(
    'Nest: a field that gets a description with a quote in it',
    false,
    'src/orders/place.dto.ts',
    'export class PlaceRequest {\n  @IsString()\n  sku!: string;\n\n  @IsArray()\n  @IsString({ each: true })\n  tags!: string[];\n}\n',
    '  @IsArray()',
    "  @ApiProperty({ type: [String], description: 'The order\\'s tags' })\n  @IsArray()",
  ),
  edited(
    'Go: an answer loses a field',
    true,
    'internal/orders/dto.go',
    GO_ANSWER,
    '\tTotal int64   `json:"total"`\n',
    '',
  ),
  edited(
    'Go: a field by another name in code',
    false,
    'internal/orders/dto.go',
    GO_ANSWER,
    'Total int64 ',
    'Sum   int64 ',
  ),
  edited(
    'Go: a field that must be sent now',
    true,
    'internal/orders/dto.go',
    GO_ANSWER,
    '`json:"gift"`',
    '`json:"gift" validate:"required"`',
  ),
  edited(
    'Go: settings are read from JSON too',
    false,
    'internal/conf/load.go',
    'package conf\n\ntype Disk struct {\n\tPath string `json:"path"`\n\tSize int `json:"size"`\n}\n',
    '\tSize int `json:"size"`\n',
    '',
  ),
  edited(
    'Rust: an answer loses a field',
    true,
    'src/orders/dto.rs',
    RUST_REQUEST,
    '    #[serde(rename = "sum")]\n    pub total: i64,\n',
    '',
  ),
  edited('Rust: a field by another name in code', false, 'src/orders/dto.rs', RUST_REQUEST, 'pub total', 'pub amount'),
  edited(
    'Rust: an optional field more',
    false,
    'src/orders/dto.rs',
    RUST_REQUEST,
    '    pub note',
    '    pub tip: Option<i64>,\n    pub note',
  ),
  edited(
    'Rust: a field that must be sent',
    true,
    'src/orders/dto.rs',
    RUST_REQUEST,
    '    pub note',
    '    pub tip: i64,\n    pub note',
  ),
  edited(
    'Go: a record that is sent as it is gets another name for a field',
    true,
    'model/order.go',
    'package model\n\ntype Order struct {\n\tID uint `gorm:"primaryKey" json:"id"`\n\tSum int `gorm:"not null" json:"sum"`\n}\n',
    'json:"sum"',
    'json:"total"',
  ),
  edited(
    'Go: a record that is never sent',
    false,
    'model/order.go',
    'package model\n\ntype Order struct {\n\tID uint `gorm:"primaryKey"`\n\tSum int `gorm:"not null" json:"-"`\n}\n',
    'Sum int',
    'Total int',
  ),
];
