import { changes, edits, type LabelledCase } from './labelled-case.ts';

const FASTAPI = `from fastapi import APIRouter, Depends

router = APIRouter(prefix="/orders", tags=["orders"])


@router.get("/")
async def list_orders():
    return await service.list()


@router.get("/{order_id}", response_model=Order)
async def read_order(order_id: int):
    return await service.read(order_id)


@router.post("/", status_code=201)
async def create_order(order: OrderIn):
    return await service.create(order)
`;

const FLASK = `from flask import Blueprint

bp = Blueprint("orders", __name__, url_prefix="/orders")


@bp.route("/", methods=["GET", "POST"])
def index():
    return ""


@bp.route("/<int:order_id>")
def show(order_id):
    return ""
`;

const DJANGO_URLS = `from django.urls import include, path

from . import views

router = DefaultRouter()
router.register(r"orders", views.OrderViewSet, basename="order")

urlpatterns = [
    path("orders/<int:pk>/", views.detail, name="detail"),
    path("api/", include(router.urls)),
]
`;

const SPRING = `package shop;

@RestController
@RequestMapping("/orders")
public class OrderController {

    @GetMapping
    public List<Order> list() {
        return service.list();
    }

    @GetMapping("/{id}")
    public Order show(@PathVariable Long id) {
        return service.show(id);
    }

    @PostMapping(consumes = "application/json")
    public Order create(@RequestBody OrderIn order) {
        return service.create(order);
    }
}
`;

const GIN = `package api

func Routes(r *gin.Engine) {
	v1 := r.Group("/v1")
	v1.GET("/orders", listOrders)
	v1.GET("/orders/:id", showOrder)
	v1.POST("/orders", createOrder)
}
`;

const CHI = `package api

func Routes() http.Handler {
	r := chi.NewRouter()
	r.Route("/orders", func(r chi.Router) {
		r.Get("/", listOrders)
		r.Delete("/{id}", removeOrder)
	})
	return r
}
`;

const RAILS = `Rails.application.routes.draw do
  root "orders#index"
  resources :orders, only: [:index, :show, :create] do
    member do
      post :cancel
    end
  end
  namespace :api do
    get "stats", to: "stats#show"
  end
end
`;

const PHOENIX = `defmodule ShopWeb.Router do
  use ShopWeb, :router

  scope "/api", ShopWeb do
    pipe_through :api
    get "/orders", OrderController, :index
    resources "/lines", LineController, only: [:index, :show]
    live "/basket", BasketLive
  end
end
`;

const LARAVEL = `<?php

use App\\Http\\Controllers\\OrderController;

Route::get('/orders', [OrderController::class, 'index']);
Route::apiResource('lines', LineController::class);
Route::middleware('auth')->group(function () {
    Route::post('/orders', [OrderController::class, 'store'])->name('orders.store');
});
`;

export const ROUTES_CONTRACT_CASES: readonly LabelledCase[] = [
  // Python
  edits('FastAPI: route gone', true, 'app/api/orders.py', FASTAPI, FASTAPI.replace(/@router\.post[\s\S]*$/, '')),
  edits(
    'FastAPI: prefix changed',
    true,
    'app/api/orders.py',
    FASTAPI,
    FASTAPI.replace('prefix="/orders"', 'prefix="/purchases"'),
  ),
  edits('FastAPI: function renamed', false, 'app/api/orders.py', FASTAPI, FASTAPI.replace('read_order', 'get_order')),
  edits('FastAPI: parameter renamed', false, 'app/api/orders.py', FASTAPI, FASTAPI.replaceAll('order_id', 'id')),
  edits(
    'FastAPI: dependency added',
    false,
    'app/api/orders.py',
    FASTAPI,
    FASTAPI.replace('@router.get("/")', '@router.get("/", dependencies=[Depends(user)])'),
  ),
  edits('Flask: method gone', true, 'shop/orders.py', FLASK, FLASK.replace('["GET", "POST"]', '["GET"]')),
  edits(
    'Flask: prefix changed',
    true,
    'shop/orders.py',
    FLASK,
    FLASK.replace('url_prefix="/orders"', 'url_prefix="/o"'),
  ),
  edits('Flask: function renamed', false, 'shop/orders.py', FLASK, FLASK.replace('def show(', 'def read(')),
  edits(
    'Django: path gone',
    true,
    'shop/urls.py',
    DJANGO_URLS,
    DJANGO_URLS.replace('    path("orders/<int:pk>/", views.detail, name="detail"),\n', ''),
  ),
  edits(
    'Django REST: registered name changed',
    true,
    'shop/urls.py',
    DJANGO_URLS,
    DJANGO_URLS.replace('r"orders"', 'r"purchases"'),
  ),
  edits(
    'Django: view renamed',
    false,
    'shop/urls.py',
    DJANGO_URLS,
    DJANGO_URLS.replace('views.detail', 'views.OrderDetail.as_view()'),
  ),
  edits(
    'Django: converter renamed',
    false,
    'shop/urls.py',
    DJANGO_URLS,
    DJANGO_URLS.replace('<int:pk>', '<int:order_id>'),
  ),
  edits('a file path in Python', false, 'shop/files.py', 'path("a/b")\nx = Path("orders")\n', 'x = Path("orders")\n'),
  // Java, Go
  edits(
    'Spring: mapping gone',
    true,
    'src/main/java/shop/OrderController.java',
    SPRING,
    SPRING.replace(/ {4}@GetMapping\("\/\{id\}"\)[\s\S]*?\n {4}\}\n/, ''),
  ),
  edits(
    'Spring: path of the class',
    true,
    'src/main/java/shop/OrderController.java',
    SPRING,
    SPRING.replace('@RequestMapping("/orders")', '@RequestMapping("/v2/orders")'),
  ),
  edits(
    'Spring: method renamed',
    false,
    'src/main/java/shop/OrderController.java',
    SPRING,
    SPRING.replace('Order show(', 'Order read('),
  ),
  edits(
    'Spring: request mapping of a method becomes short',
    false,
    'src/main/java/shop/A.java',
    '@RestController\nclass A {\n    @RequestMapping(value = "/a", method = RequestMethod.GET)\n    String a() { return ""; }\n}\n',
    '@RestController\nclass A {\n    @GetMapping("/a")\n    String a() { return ""; }\n}\n',
  ),
  edits('Gin: route gone', true, 'api/routes.go', GIN, GIN.replace('\tv1.POST("/orders", createOrder)\n', '')),
  edits('Gin: group renamed', true, 'api/routes.go', GIN, GIN.replace('Group("/v1")', 'Group("/v2")')),
  edits('Gin: handler renamed', false, 'api/routes.go', GIN, GIN.replace('showOrder', 'getOrder')),
  edits('chi: route gone', true, 'api/routes.go', CHI, CHI.replace('\t\tr.Delete("/{id}", removeOrder)\n', '')),
  edits(
    'chi: middleware',
    false,
    'api/routes.go',
    CHI,
    CHI.replace('r := chi.NewRouter()\n', 'r := chi.NewRouter()\n\tr.Use(middleware.Logger)\n'),
  ),
  edits(
    'net/http: pattern gone',
    true,
    'main.go',
    'package main\n\nfunc main() {\n\tmux.HandleFunc("GET /orders", list)\n\tmux.HandleFunc("POST /orders", create)\n}\n',
    'package main\n\nfunc main() {\n\tmux.HandleFunc("GET /orders", list)\n}\n',
  ),
  edits(
    'a Go client’s call gone',
    false,
    'client.go',
    'package c\n\nfunc A() { http.Get("/orders") }\nfunc B() { resty.R().Get("/lines") }\n',
    'package c\n\nfunc A() { http.Get("/orders") }\n',
  ),
  // Ruby, Elixir, PHP
  edits(
    'Rails: action of a resource gone',
    true,
    'config/routes.rb',
    RAILS,
    RAILS.replace('[:index, :show, :create]', '[:index, :show]'),
  ),
  edits('Rails: member route gone', true, 'config/routes.rb', RAILS, RAILS.replace('      post :cancel\n', '')),
  edits(
    'Rails: resource gone',
    true,
    'config/routes.rb',
    RAILS,
    RAILS.replace(/ {2}resources :orders[\s\S]*?\n {2}end\n/, ''),
  ),
  edits(
    'Rails: controller behind a route',
    false,
    'config/routes.rb',
    RAILS,
    RAILS.replace('to: "stats#show"', 'to: "figures#show"'),
  ),
  edits('Rails: comment', false, 'config/routes.rb', RAILS, RAILS.replace('  root', '  # the shop\n  root')),
  edits(
    'Rails: a new resource',
    false,
    'config/routes.rb',
    RAILS,
    RAILS.replace('  namespace :api do', '  resources :lines\n  namespace :api do'),
  ),
  edits(
    'Phoenix: route gone',
    true,
    'lib/shop_web/router.ex',
    PHOENIX,
    PHOENIX.replace('    get "/orders", OrderController, :index\n', ''),
  ),
  edits(
    'Phoenix: action',
    false,
    'lib/shop_web/router.ex',
    PHOENIX,
    PHOENIX.replace('OrderController, :index', 'OrdersController, :list'),
  ),
  edits(
    'Phoenix: scope renamed',
    true,
    'lib/shop_web/router.ex',
    PHOENIX,
    PHOENIX.replace('scope "/api"', 'scope "/api/v2"'),
  ),
  edits(
    'Laravel: route gone',
    true,
    'routes/api.php',
    LARAVEL,
    LARAVEL.replace("    Route::post('/orders', [OrderController::class, 'store'])->name('orders.store');\n", ''),
  ),
  edits(
    'Laravel: controller renamed',
    false,
    'routes/api.php',
    LARAVEL,
    LARAVEL.replaceAll('OrderController', 'OrdersController'),
  ),
  edits(
    'Symfony: attribute',
    true,
    'src/Controller/OrderController.php',
    "<?php\nclass OrderController {\n    #[Route('/orders/{id}', name: 'order', methods: ['GET'])]\n    public function show() {}\n}\n",
    "<?php\nclass OrderController {\n    #[Route('/purchases/{id}', name: 'order', methods: ['GET'])]\n    public function show() {}\n}\n",
  ),
  edits(
    'Rails: a nested resource gone, one of the same name stays',
    true,
    'config/routes/api.rb',
    'namespace :api do\n  resources :lists, only: [:index]\n  resources :orders, only: [:show] do\n    resources :lists, only: [:index]\n  end\nend\n',
    'namespace :api do\n  resources :lists, only: [:index]\n  resources :orders, only: [:show]\nend\n',
  ),
  edits(
    'Rails: grouped by module behind the same paths',
    false,
    'config/routes.rb',
    'resources :orders do\n  resources :lines, only: :index\n  post :pay\nend\n',
    'resources :orders do\n  scope module: :orders do\n    resources :lines, only: [:index]\n    post :pay, to: "payments#create"\n  end\nend\n',
  ),
  edits(
    'gorilla: route gone',
    true,
    'main.go',
    'package main\n\nfunc main() {\n\tr := mux.NewRouter()\n\tr.Methods("GET").Path("/orders").Handler(list)\n\tr.Methods("POST").Path("/orders").Handler(create)\n}\n',
    'package main\n\nfunc main() {\n\tr := mux.NewRouter()\n\tr.Methods("GET").Path("/orders").Handler(list)\n}\n',
  ),
  changes(
    'FastAPI: the root of one router gone, another keeps its own',
    true,
    {
      'app/a.py': 'router = APIRouter()\n\n\n@router.get("/")\ndef a():\n    return 1\n',
      'app/b.py': 'router = APIRouter()\n\n\n@router.get("/")\ndef b():\n    return 1\n',
    },
    {
      'app/a.py': 'router = APIRouter()\n',
      'app/b.py': 'router = APIRouter()\n\n\n@router.get("/")\ndef b():\n    return 2\n',
    },
  ),
];
