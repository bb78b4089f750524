import { changes, edits, type LabelledCase } from './labelled-case.ts';

const LARAVEL = `<?php

use Illuminate\\Support\\Facades\\Route;

Route::get('/depot/bays', [BayController::class, 'index']);
Route::post('/depot/bays', [BayController::class, 'store']);
Route::get('/status', StatusController::class);
`;
const LARAVEL_GROUPED = `<?php

use Illuminate\\Support\\Facades\\Route;

Route::prefix('depot')->middleware('auth')->group(function () {
    Route::get('bays', [BayController::class, 'index']);
    Route::post('bays', [BayController::class, 'store']);
});
Route::get('/status', StatusController::class);
`;

const SYMFONY = `<?php

namespace Depot\\Controller;

/**
 * What the bays hold. Don't cache.
 *
 * @Route("/bays", name="bay_")
 */
class BayController extends AbstractController
{
    /**
     * @Route("/{id}", name="show", methods={"GET"})
     */
    public function show(int $id): Response
    {
        return $this->json($this->bays->find($id));
    }

    /**
     * @Route("/{id}/empty", name="empty", methods={"POST"})
     */
    public function clear(int $id): Response
    {
        return $this->json($this->bays->clear($id));
    }
}
`;
const SYMFONY_ATTRIBUTES = `<?php

namespace Depot\\Controller;

#[Route('/bays', name: 'bay_')]
class BayController extends AbstractController
{
    #[Route('/{bay}', name: 'show', methods: ['GET'])]
    public function show(int $bay): Response
    {
        return $this->json($this->bays->find($bay));
    }

    #[Route(path: '/{bay}/empty', name: 'empty', methods: [Request::METHOD_POST])]
    public function clear(int $bay): Response
    {
        return $this->json($this->bays->clear($bay));
    }
}
`;

const GIN = `package web

func Mount(r *gin.Engine, h *Handlers) {
	r.GET("/api/v1/bays", h.Bays)
	r.POST("/api/v1/bays", h.AddBay)
}
`;
const GIN_GROUPED = `package web

func Mount(r *gin.Engine, h *Handlers) {
	api := r.Group("/api")
	v1 := api.Group("/v1")
	{
		v1.GET("/bays", h.Bays)
		v1.POST("/bays", h.AddBay)
	}
}
`;
const CHI = `package web

func Mount(r chi.Router, h *Handlers) {
	r.Route("/bays", func(r chi.Router) {
		r.Get("/", h.Bays)
		r.Route("/{bay}", func(r chi.Router) {
			r.Get("/crates", h.Crates)
		})
	})
}
`;
const MUX = `package web

func Mount(r *mux.Router, h *Handlers) {
	r.HandleFunc("/bays", h.Bays).Methods(http.MethodGet, http.MethodPost)
	r.HandleFunc("/bays/{id}", h.Bay).Methods("GET")
}
`;

const PHOENIX = `defmodule DepotWeb.Router do
  use DepotWeb, :router

  scope "/api", DepotWeb do
    pipe_through :api

    resources "/bays", BayController, only: [:index, :show]
    get "/status", StatusController, :show
  end
end
`;

const ASPNET = `using Microsoft.AspNetCore.Mvc;

namespace Depot.Web;

[ApiController]
[Route("api/[controller]")]
public class BaysController : ControllerBase
{
    [HttpGet("{id:int}")]
    public ActionResult<Bay> Get(int id) => _bays.Find(id);

    [HttpPost]
    [Route("{id:int}/empty")]
    public IActionResult Clear(int id) => Ok(_bays.Clear(id));
}
`;
const MINIMAL = `var app = builder.Build();
app.MapGet("/bays", (Depot d) => d.Bays);
app.MapPost("/bays/{id}/empty", (int id, Depot d) => d.Clear(id));
app.Run();
`;
const MINIMAL_GROUPED = `var app = builder.Build();
var bays = app.MapGroup("/bays");
bays.MapGet("", (Depot d) => d.Bays);
bays.MapPost("/{id}/empty", (int id, Depot d) => d.Clear(id));
app.Run();
`;

const RAILS = `Rails.application.routes.draw do
  match '/bays/:id', to: 'bays#update', via: %i[put patch]
end
`;

const LARAVEL_FILE = 'routes/api.php';
const SYMFONY_FILE = 'src/Controller/BayController.php';
const GO_FILE = 'web/routes.go';
const ASPNET_FILE = 'src/Depot.Web/Controllers/BaysController.cs';

/** Routes below groups, scopes and the mark of their class. */
export const SCOPED_CONTRACT_CASES: readonly LabelledCase[] = [
  edits('Laravel routes that move into a group with their prefix', false, LARAVEL_FILE, LARAVEL, LARAVEL_GROUPED),
  edits(
    'a Laravel group whose prefix is another',
    true,
    LARAVEL_FILE,
    LARAVEL_GROUPED,
    LARAVEL_GROUPED.replace("'depot'", "'stock'"),
  ),
  edits(
    'Laravel routes that become a resource',
    false,
    LARAVEL_FILE,
    LARAVEL,
    LARAVEL.replace(
      /Route::get\('\/depot[\s\S]*'store'\]\);/,
      "Route::apiResource('depot/bays', BayController::class);",
    ),
  ),
  edits(
    'a Laravel resource that loses an action',
    true,
    LARAVEL_FILE,
    LARAVEL.replace(
      /Route::get\('\/depot[\s\S]*'store'\]\);/,
      "Route::apiResource('depot/bays', BayController::class);",
    ),
    LARAVEL.replace(
      /Route::get\('\/depot[\s\S]*'store'\]\);/,
      "Route::apiResource('depot/bays', BayController::class)->except(['destroy']);",
    ),
  ),
  edits('Symfony routes that go from comments to attributes', false, SYMFONY_FILE, SYMFONY, SYMFONY_ATTRIBUTES),
  edits(
    'a Symfony route in a comment, renamed',
    true,
    SYMFONY_FILE,
    SYMFONY,
    SYMFONY.replace('/{id}/empty', '/{id}/clear'),
  ),
  edits(
    'the path of a Symfony class, in a comment',
    true,
    SYMFONY_FILE,
    SYMFONY,
    SYMFONY.replace('"/bays"', '"/stock/bays"'),
  ),
  edits(
    'the method of a Symfony attribute',
    true,
    SYMFONY_FILE,
    SYMFONY_ATTRIBUTES,
    SYMFONY_ATTRIBUTES.replace('METHOD_POST', 'METHOD_PUT'),
  ),
  edits(
    'what a Symfony comment tells of a route',
    false,
    SYMFONY_FILE,
    SYMFONY,
    SYMFONY.replace("Don't cache", 'Was @see Route once'),
  ),
  edits('Gin routes that move into groups', false, GO_FILE, GIN, GIN_GROUPED),
  edits('a Gin group below another, renamed', true, GO_FILE, GIN_GROUPED, GIN_GROUPED.replace('"/v1"', '"/v2"')),
  edits(
    'a chi block written as one path',
    false,
    GO_FILE,
    CHI,
    CHI.replace(/\t\tr\.Route\("\/\{bay\}"[\s\S]*?\n\t\t\}\)/, '\t\tr.Get("/{id}/crates", h.Crates)'),
  ),
  edits('a chi block that moves below another path', true, GO_FILE, CHI, CHI.replace('"/bays"', '"/stock"')),
  edits('a method of a gorilla route', true, GO_FILE, MUX, MUX.replace(', http.MethodPost', '')),
  edits('gorilla methods named otherwise', false, GO_FILE, MUX, MUX.replace('"GET"', 'http.MethodGet')),
  edits(
    'a Phoenix resource written out',
    false,
    'lib/depot_web/router.ex',
    PHOENIX,
    PHOENIX.replace(/resources[^\n]*/, 'get "/bays", BayController, :index\n    get "/bays/:id", BayController, :show'),
  ),
  edits(
    'a Phoenix route that leaves its scope',
    true,
    'lib/depot_web/router.ex',
    PHOENIX,
    PHOENIX.replace(
      '    get "/status", StatusController, :show\n  end',
      '  end\n\n  get "/status", DepotWeb.StatusController, :show',
    ),
  ),
  edits(
    'a controller of ASP.NET renamed, whose routes bear its name',
    true,
    ASPNET_FILE,
    ASPNET,
    ASPNET.replace('BaysController', 'StoresController'),
  ),
  edits(
    'a controller of ASP.NET whose routes say their path whole',
    false,
    ASPNET_FILE,
    ASPNET,
    ASPNET.replace('api/[controller]', 'api/bays').replace(
      '[HttpPost]\n    [Route("{id:int}/empty")]',
      '[HttpPost("{id}/empty")]',
    ),
  ),
  changes(
    'endpoints of ASP.NET that move into a group',
    false,
    { 'src/Depot.Web/Program.cs': MINIMAL },
    { 'src/Depot.Web/Program.cs': MINIMAL_GROUPED },
  ),
  edits(
    'a group of endpoints of ASP.NET, renamed',
    true,
    'src/Depot.Web/Program.cs',
    MINIMAL_GROUPED,
    MINIMAL_GROUPED.replace('MapGroup("/bays")', 'MapGroup("/stock")'),
  ),
  edits(
    'a Rails route that is matched by fewer methods',
    true,
    'config/routes.rb',
    RAILS,
    RAILS.replace('%i[put patch]', ':put'),
  ),
  edits(
    'a Rails route whose methods are named in another order',
    false,
    'config/routes.rb',
    RAILS,
    RAILS.replace('%i[put patch]', '[:patch, :put]'),
  ),
];
