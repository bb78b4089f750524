CREATE TABLE items (
  id          integer PRIMARY KEY,
  name        text    NOT NULL,
  price_cents integer NOT NULL CHECK (price_cents >= 0),
  category    text    NOT NULL
);

CREATE INDEX items_category ON items (category);
