ALTER TABLE items ADD COLUMN stock integer NOT NULL DEFAULT 0 CHECK (stock >= 0);

CREATE INDEX items_in_stock ON items (id) WHERE stock > 0;
