-- Where COPY puts what the files say, as text and with its line, until all of it has been checked.
create or replace function jophiel._create_import_staging()
  returns void
  language plpgsql
  volatile parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
begin
  create temporary table staged_items (
    line        bigint,
    item_id     text,
    domain      text,
    creator_id  text,
    title       text,
    description text,
    tags        text[],
    metadata    jsonb,
    created_at  text
  ) on commit drop;

  create temporary table staged_users (
    line       bigint,
    user_id    text,
    profile    jsonb,
    interests  text[],
    locale     text,
    created_at text
  ) on commit drop;

  create temporary table staged_follows (
    line       bigint,
    user_id    text,
    creator_id text,
    ts         text
  ) on commit drop;

  create temporary table staged_collections (
    line          bigint,
    user_id       text,
    collection_id text,
    title         text,
    item_id       text,
    ts            text
  ) on commit drop;

  create temporary table staged_interactions (
    line    bigint,
    user_id text,
    item_id text,
    type    text,
    weight  text,
    ts      text
  ) on commit drop;

  create temporary table staged_faults (
    part   text,
    line   bigint,
    reason text
  ) on commit drop;
end;
$$;

comment on function jophiel._create_import_staging() is
  'Makes the temporary tables that an import fills by COPY; they go with the transaction.';
