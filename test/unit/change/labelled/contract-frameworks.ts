import { edits, type LabelledCase } from './labelled-case.ts';

const cut = (text: string, part: string, instead = ''): string => {
  if (!text.includes(part)) throw new Error(`this text does not hold ${part}`);
  return text.replace(part, instead);
};

const HONO = `import { Hono } from 'hono';
import { readInvoice, sendInvoice } from './invoices';

const invoices = new Hono()
  .get('/', (c) => c.json([]))
  .get('/:id', readInvoice)
  .post('/:id/send', sendInvoice);

export default invoices;
`;

const GRAPE = `module Api
  class Parcels < Grape::API
    resource :parcels do
      desc 'All parcels'
      get do
        present Parcel.all
      end

      params do
        requires :weight, type: Integer
        optional :note, type: String
      end
      post do
        Parcel.create!(declared(params))
      end

      route_param :id do
        delete :label do
          Label.void(params[:id])
        end
      end
    end
  end
end
`;

const ACTION = `from rest_framework import viewsets
from rest_framework.decorators import action


class ParcelViewSet(viewsets.ModelViewSet):
    queryset = Parcel.objects.all()

    @action(detail=True, methods=["post"])
    def seal(self, request, pk=None):
        return Response(status=204)

    @action(detail=False, url_path="late")
    def late_ones(self, request):
        return Response([])
`;

const VIEWS = `from rest_framework.views import APIView


class TokenView(APIView):
    def get(self, request):
        return Response(status=200)

    def delete(self, request):
        return Response(status=204)
`;

const KTOR = `package shop

import io.ktor.server.routing.*

fun Route.parcels(store: Store) {
    route("/parcels") {
        get {
            call.respond(store.all())
        }
        get("/{id}") {
            call.respond(store.find(call.parameters["id"]))
        }
        post("/{id}/seal") { store.seal(call.parameters["id"]) }
    }
}
`;

const MICRONAUT = `package shop;

import io.micronaut.http.annotation.*;

@Controller("/parcels")
public class ParcelController {

    @Get
    List<Parcel> all() { return store.all(); }

    @Get(uri = "/{id}", produces = "application/json")
    Parcel one(String id) { return store.find(id); }

    @Delete("/{id}")
    void drop(String id) { store.drop(id); }
}
`;

const JAXRS = `package shop;

import jakarta.ws.rs.*;

@Path("/parcels")
@Produces("application/json")
public class ParcelResource {

    @GET
    public List<Parcel> all() { return store.all(); }

    @POST
    @Consumes("application/json")
    public Parcel create(NewParcel parcel) { return store.create(parcel); }

    @GET
    @Path("/{id}")
    public Parcel one(@PathParam("id") String id) { return store.find(id); }
}
`;

const PLUG = `defmodule Shop.Router do
  use Plug.Router

  plug :match
  plug :dispatch

  get "/health" do
    send_resp(conn, 200, "ok")
  end

  post "/parcels/:id/seal" do
    Parcels.seal(conn, id)
  end

  forward "/labels", to: Shop.Labels
end
`;

const FEIGN = `package shop;

@FeignClient(name = "labels")
public interface LabelClient {

    @GetMapping("/labels/{id}")
    Label find(@PathVariable String id);

    @PostMapping("/labels")
    Label print(@RequestBody Print print);
}
`;

const GO_FRAMEWORK = `package trail

import "net/http"

type Group struct{ prefix string }

func (g *Group) Any(path string, handler http.HandlerFunc) { g.add(path, handler) }

func (g *Group) Use(middleware ...Middleware) {
	g.middleware = append(g.middleware, middleware...)
	g.Any("", notFound)
	g.Any("/*", notFound)
}
`;

/** Frameworks beside the commonest, each with what their callers see and what they do not. */
export const FRAMEWORKS_CONTRACT_CASES: readonly LabelledCase[] = [
  edits(
    'Hono: a route of a chain goes',
    true,
    'src/invoices.ts',
    HONO,
    cut(HONO, "\n  .post('/:id/send', sendInvoice)"),
  ),
  edits(
    'Hono: a chain is taken apart',
    false,
    'src/invoices.ts',
    HONO,
    cut(HONO, "\n  .post('/:id/send', sendInvoice);", ";\ninvoices.post('/:invoice/send', sendInvoice);"),
  ),
  edits(
    'Grape: a route of a parameter goes',
    true,
    'app/api/parcels.rb',
    GRAPE,
    cut(GRAPE, 'delete :label do', 'put :label do'),
  ),
  edits(
    'Grape: a resource is renamed',
    true,
    'app/api/parcels.rb',
    GRAPE,
    cut(GRAPE, 'resource :parcels', 'resource :packages'),
  ),
  edits(
    'Grape: a parameter must be sent now',
    true,
    'app/api/parcels.rb',
    GRAPE,
    cut(GRAPE, 'optional :note', 'requires :note'),
  ),
  edits(
    'Grape: another parameter may be sent, and a text is better',
    false,
    'app/api/parcels.rb',
    GRAPE,
    cut(GRAPE, "'All parcels'", "'Every parcel'").replace('optional :note', 'optional :sender\n        optional :note'),
  ),
  edits(
    'REST framework: an action goes',
    true,
    'parcels/views.py',
    ACTION,
    cut(ACTION, '    @action(detail=True, methods=["post"])\n', ''),
  ),
  edits('REST framework: the method of an action', true, 'parcels/views.py', ACTION, cut(ACTION, '"post"', '"put"')),
  edits(
    'REST framework: an action with a path of its own is handled by another function, its class renamed',
    false,
    'parcels/views.py',
    ACTION,
    cut(ACTION, 'late_ones', 'overdue').replace('ParcelViewSet', 'ShipmentViewSet'),
  ),
  edits(
    'REST framework: only read from now on',
    true,
    'parcels/views.py',
    ACTION,
    cut(ACTION, 'viewsets.ModelViewSet', 'viewsets.ReadOnlyModelViewSet'),
  ),
  edits(
    'REST framework: all that a view set did, by its parts',
    false,
    'parcels/views.py',
    ACTION,
    cut(
      ACTION,
      'viewsets.ModelViewSet',
      'mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, mixins.UpdateModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet',
    ),
  ),
  edits(
    'a view serves a method no more',
    true,
    'tokens/views.py',
    VIEWS,
    cut(VIEWS, '\n    def delete(self, request):\n        return Response(status=204)\n'),
  ),
  edits(
    'a view is renamed and has a helper more',
    false,
    'tokens/views.py',
    VIEWS,
    cut(VIEWS, 'TokenView', 'SessionView').replace(
      '    def get(',
      '    def find(self):\n        return None\n\n    def get(',
    ),
  ),
  edits(
    'Ktor: a route goes',
    true,
    'src/main/kotlin/Parcels.kt',
    KTOR,
    cut(KTOR, '        post("/{id}/seal") { store.seal(call.parameters["id"]) }\n'),
  ),
  edits('Ktor: the path around', true, 'src/main/kotlin/Parcels.kt', KTOR, cut(KTOR, '"/parcels"', '"/v2/parcels"')),
  edits(
    'Ktor: a parameter of a path is renamed, and one route is added',
    false,
    'src/main/kotlin/Parcels.kt',
    KTOR,
    cut(KTOR, 'get("/{id}")', 'get("/{parcel}")').replace(
      '        get {',
      '        get("/late") { call.respond(store.late()) }\n        get {',
    ),
  ),
  edits(
    'Micronaut: a route goes',
    true,
    'src/main/java/shop/ParcelController.java',
    MICRONAUT,
    cut(MICRONAUT, '    @Delete("/{id}")\n    void drop(String id) { store.drop(id); }\n'),
  ),
  edits(
    'Micronaut: another path of the class',
    true,
    'src/main/java/shop/ParcelController.java',
    MICRONAUT,
    cut(MICRONAUT, '"/parcels"', '"/packages"'),
  ),
  edits(
    'Micronaut: a method is renamed',
    false,
    'src/main/java/shop/ParcelController.java',
    MICRONAUT,
    cut(MICRONAUT, 'void drop(', 'HttpStatus remove(').replace(
      'uri = "/{id}", produces = "application/json"',
      '"/{id}"',
    ),
  ),
  edits(
    'JAX-RS: a verb without a path goes',
    true,
    'src/main/java/shop/ParcelResource.java',
    JAXRS,
    cut(
      JAXRS,
      '    @POST\n    @Consumes("application/json")\n    public Parcel create(NewParcel parcel) { return store.create(parcel); }\n',
    ),
  ),
  edits(
    'JAX-RS: marks in another order',
    false,
    'src/main/java/shop/ParcelResource.java',
    JAXRS,
    cut(JAXRS, '    @GET\n    @Path("/{id}")\n', '    @Path("{parcel}")\n    @GET\n'),
  ),
  edits(
    'Plug: a route goes',
    true,
    'lib/shop/router.ex',
    PLUG,
    cut(PLUG, '  post "/parcels/:id/seal" do\n    Parcels.seal(conn, id)\n  end\n'),
  ),
  edits(
    'Plug: what is passed on goes',
    true,
    'lib/shop/router.ex',
    PLUG,
    cut(PLUG, '  forward "/labels", to: Shop.Labels\n'),
  ),
  edits(
    'Plug: passed on to another module',
    false,
    'lib/shop/router.ex',
    PLUG,
    cut(PLUG, 'Shop.Labels', 'Shop.Stickers'),
  ),
  edits(
    'what a client of another service no longer calls',
    false,
    'src/main/java/shop/LabelClient.java',
    FEIGN,
    cut(FEIGN, '    @PostMapping("/labels")\n    Label print(@RequestBody Print print);\n'),
  ),
  edits(
    'what a framework of routes does inside',
    false,
    'group.go',
    GO_FRAMEWORK,
    cut(GO_FRAMEWORK, '\tg.Any("", notFound)\n\tg.Any("/*", notFound)\n'),
    { 'go.mod': 'module example.com/trail\n', 'trail.go': 'package trail\n' },
  ),
];
