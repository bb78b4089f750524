import { edits, type LabelledCase } from './labelled-case.ts';

const CRATES = 'src/main/java/com/example/depot/CrateController.java';
const CRATE_CONTROLLER = `package com.example.depot;

import org.springframework.web.bind.annotation.*;

@RestController
class CrateController {
    @GetMapping({ "/crates" })
    List<Crate> all() {
        return crates.findAll();
    }
}
`;

const SCOPED = `from depot.web import blueprint, tenant_path


@blueprint.route(tenant_path("/crates/<code>"), methods=["GET"])
def crate(code):
    return render(code)


@blueprint.post(tenant_path("/crates/recount"))
def recount():
    return render(None)
`;

const SCHEMAS = `from depot.base import DepotModel


class CrateCreate(DepotModel):
    label: str
    weight: int = 0


class CrateUpdate(CrateCreate):
    note: str | None = None
`;

const GRAPE_BASE = `module Depot
  class Crates < ::Depot::API::Base
    resource :crates do
      params do
        requires :code, type: String
        optional :depth, type: Integer
      end
      get do
        present Crate.find_by(code: params[:code])
      end
    end
  end
end
`;

const HANDLERS = `from fastapi import APIRouter

router = APIRouter(prefix="/crates")


@router.delete("/{code}")
def remove(code: str):
    return crates.remove(code)
`;

const DESCRIPTION = `openapi: 3.0.3
info: { title: Depot, version: '1' }
paths:
  /crates:
    get:
      operationId: listCrates
      responses:
        '200': { description: all of them }
`;

/** What rounds on projects in other languages than JavaScript showed. */
export const UNSEEN_CONTRACT_CASES: readonly LabelledCase[] = [
  edits(
    'a route of a class whose package is called example',
    true,
    CRATES,
    CRATE_CONTROLLER,
    CRATE_CONTROLLER.replace('"/crates"', '"/boxes"'),
  ),
  edits(
    'the same in a folder of examples',
    false,
    `examples/${CRATES}`,
    CRATE_CONTROLLER,
    CRATE_CONTROLLER.replace('"/crates"', '"/boxes"'),
  ),
  edits(
    'a Flask path that a call puts a prefix to, gone',
    true,
    'depot/web/crates.py',
    SCOPED,
    SCOPED.replace('/crates/<code>', '/boxes/<code>'),
  ),
  edits(
    'a Flask verb with such a path, gone',
    true,
    'depot/web/crates.py',
    SCOPED,
    SCOPED.replace('/crates/recount', '/recount'),
  ),
  edits(
    'a Flask handler renamed behind such a path',
    false,
    'depot/web/crates.py',
    SCOPED,
    SCOPED.replace('def crate(code)', 'def show_crate(code)'),
  ),
  edits(
    'a field of a model of the project’s own base',
    true,
    'depot/schema/crate.py',
    SCHEMAS,
    SCHEMAS.replace('weight: int', 'grams: int'),
  ),
  edits(
    'a field of a model that another of the file is the base of',
    true,
    'depot/schema/crate.py',
    SCHEMAS,
    SCHEMAS.replace('note: str', 'remark: str'),
  ),
  edits(
    'an optional field of a model of the project’s own base',
    false,
    'depot/schema/crate.py',
    SCHEMAS,
    SCHEMAS.replace('    weight', '    colour: str | None = None\n    weight'),
  ),
  edits(
    'a parameter that Grape now asks for, below the project’s own base',
    true,
    'lib/api/crates.rb',
    GRAPE_BASE,
    GRAPE_BASE.replace('optional :depth', 'requires :depth'),
  ),
  edits(
    'a parameter of Grape described below the project’s own base',
    false,
    'lib/api/crates.rb',
    GRAPE_BASE,
    GRAPE_BASE.replace('type: Integer', "type: Integer, desc: 'In millimetres'"),
  ),
  edits(
    'FastAPI dependencies behind names of the project’s own',
    false,
    'depot/api/crates.py',
    HANDLERS,
    HANDLERS.replace('code: str', 'code: str, session: SessionDep, user: CurrentUser'),
  ),
  edits(
    'a FastAPI query parameter that must be sent now',
    true,
    'depot/api/crates.py',
    HANDLERS,
    HANDLERS.replace('code: str', 'code: str, confirm: bool'),
  ),
  edits(
    'an operation of OpenAPI that asks for credentials now',
    true,
    'api/depot.yaml',
    DESCRIPTION,
    DESCRIPTION.replace('      responses', '      security: [{ bearer: [] }]\n      responses'),
  ),
  edits(
    'an operation of OpenAPI that may be called with credentials now',
    false,
    'api/depot.yaml',
    DESCRIPTION,
    DESCRIPTION.replace('      responses', '      security: [{}, { bearer: [] }]\n      responses'),
  ),
];
