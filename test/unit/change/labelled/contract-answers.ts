import { edits, type LabelledCase } from './labelled-case.ts';

const AMS = `class ParcelSerializer < ActiveModel::Serializer
  attributes :id, :weight,
             :sealed_at

  attribute :owner_name do
    object.owner.name
  end
  has_many :labels
end
`;

const ENTITY = `module Entities
  class Parcel < Grape::Entity
    expose :id
    expose :weight, documentation: { type: 'Integer' }
    expose :inner_state, as: :state
  end
end
`;

const JBUILDER = `json.extract! @parcel, :id, :weight, :sealed_at
json.owner do
  json.name @parcel.owner.name
end
json.url parcel_url(@parcel, format: :json)
`;

const RESOURCE = `<?php

namespace App\\Http\\Resources;

class ParcelResource extends JsonResource
{
    public function toArray($request): array
    {
        return [
            'id' => $this->id,
            'weight' => $this->weight,
            'owner' => ['name' => $this->owner->name, 'mail' => $this->owner->mail],
            'labels' => LabelResource::collection($this->whenLoaded('labels')),
        ];
    }
}
`;

const RULES = `<?php

namespace App\\Http\\Requests;

class StoreParcelRequest extends FormRequest
{
    public function rules(): array
    {
        return [
            'weight' => 'required|integer',
            'note' => ['nullable', 'string'],
        ];
    }
}
`;

const PHOENIX = `defmodule ShopWeb.ParcelJSON do
  def index(%{parcels: parcels}) do
    %{data: for(parcel <- parcels, do: data(parcel))}
  end

  defp data(%Parcel{} = parcel) do
    %{
      id: parcel.id,
      weight: parcel.weight,
      sealed_at: parcel.sealed_at
    }
  end
end
`;

const change = (text: string, part: string, instead: string): string => {
  if (!text.includes(part)) throw new Error(`this text does not hold ${part}`);
  return text.replace(part, instead);
};

/** What answers hold and requests must, as serializers and form requests say it. */
export const ANSWERS_CONTRACT_CASES: readonly LabelledCase[] = [
  edits(
    'Rails serializer: a field goes',
    true,
    'app/serializers/parcel_serializer.rb',
    AMS,
    change(AMS, ',\n             :sealed_at', ''),
  ),
  edits(
    'Rails serializer: a relation goes',
    true,
    'app/serializers/parcel_serializer.rb',
    AMS,
    change(AMS, '  has_many :labels\n', ''),
  ),
  edits(
    'Rails serializer: a field is computed, another is added',
    false,
    'app/serializers/parcel_serializer.rb',
    AMS,
    change(AMS, ':id, :weight,', ':id, :note,').replace(
      '  has_many',
      '  attribute(:weight) { object.grams }\n  has_many',
    ),
  ),
  edits('Grape entity: a field goes', true, 'app/entities/parcel.rb', ENTITY, change(ENTITY, '    expose :id\n', '')),
  edits(
    'Grape entity: a field under its name is taken from elsewhere',
    false,
    'app/entities/parcel.rb',
    ENTITY,
    change(ENTITY, 'expose :inner_state, as: :state', 'expose :state'),
  ),
  edits(
    'jbuilder: a field goes',
    true,
    'app/views/parcels/show.json.jbuilder',
    JBUILDER,
    change(JBUILDER, ', :sealed_at', ''),
  ),
  edits(
    'jbuilder: a field is written by itself',
    false,
    'app/views/parcels/show.json.jbuilder',
    JBUILDER,
    change(JBUILDER, ', :sealed_at', '\njson.sealed_at @parcel.sealed_at.iso8601'),
  ),
  edits(
    'Laravel resource: a field goes',
    true,
    'app/Http/Resources/ParcelResource.php',
    RESOURCE,
    change(RESOURCE, "            'weight' => $this->weight,\n", ''),
  ),
  edits(
    'Laravel resource: a field is cast, one is added',
    false,
    'app/Http/Resources/ParcelResource.php',
    RESOURCE,
    change(
      RESOURCE,
      "'weight' => $this->weight,",
      "'weight' => (int) $this->weight,\n            'note' => $this->note,",
    ),
  ),
  edits(
    'Laravel request: a field must be sent now',
    true,
    'app/Http/Requests/StoreParcelRequest.php',
    RULES,
    change(RULES, "['nullable', 'string']", "['required', 'string']"),
  ),
  edits(
    'Laravel request: another field may be sent',
    false,
    'app/Http/Requests/StoreParcelRequest.php',
    RULES,
    change(RULES, "            'note'", "            'sender' => 'nullable|required_with:note',\n            'note'"),
  ),
  edits(
    'Phoenix: a field goes',
    true,
    'lib/shop_web/controllers/parcel_json.ex',
    PHOENIX,
    change(PHOENIX, ',\n      sealed_at: parcel.sealed_at', ''),
  ),
  edits(
    'Phoenix: a field is formatted, a function renamed',
    false,
    'lib/shop_web/controllers/parcel_json.ex',
    PHOENIX,
    change(PHOENIX, 'parcel.sealed_at', 'format(parcel.sealed_at)')
      .replaceAll('data(parcel)', 'one(parcel)')
      .replace('defp data(', 'defp one('),
  ),
];
