-- Texts as vectors: what a model made of the items' texts, and how that comes into the content block.

insert into jophiel.settings (name, value, description) values
  ('embedding_dimensions', '64', 'Coordinates of the content block that embeddings are projected into, before the hashed ones, where the feature schema has an embedding.'),
  ('embedding_fields', '["title", "category", "tags", "description"]', 'Paths in an item''s document whose texts, in this order, are embedded as one.');

create table jophiel.item_embeddings (
  item_id         bigint      not null,
  model           text        not null,
  text_sha256     bytea       not null,
  item_updated_at timestamptz not null,
  embedding       public.halfvec,
  constraint item_embeddings_pkey primary key (item_id, model)
);
comment on table jophiel.item_embeddings is
  'jophiel:reference What a model made of an item''s text (null: the item has none), of which text (text_sha256), and as of which change of the item '
  '(item_updated_at): an item that was changed since is looked at again. Written under the item''s row lock.';

create table jophiel.embedding_models (
  model      text        not null,
  projection uuid        not null,
  item_count bigint      not null,
  fitted_at  timestamptz not null,
  constraint embedding_models_pkey primary key (model)
);
comment on table jophiel.embedding_models is
  'jophiel:reference Models whose embeddings are all there, and the projection that was fitted on item_count of them. The one fitted last is what the feature '
  'schema takes as text_embedding.';

create table jophiel.projections (
  projection uuid          not null,
  number     integer       not null,
  component  public.vector not null,
  constraint projections_pkey primary key (projection, number)
);
comment on table jophiel.projections is
  'jophiel:reference The directions (unit length, number from 1) along which embeddings differ most; an embedding comes into the content block as its inner '
  'products with them. A version of the feature schema names the projection that its vectors were made with.';

insert into jophiel.meta (name, value)
values ('schema', '0008_embeddings')
    on conflict (name) do update
   set value = excluded.value;
