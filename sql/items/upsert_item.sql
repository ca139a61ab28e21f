-- One item from psql, without writing JSON by hand.
create or replace function jophiel.upsert_item(
  p_item_id     text,
  p_title       text default '',
  p_tags        text[] default '{}',
  p_metadata    jsonb default '{}',
  p_creator_id  text default null,
  p_description text default '',
  p_domain      text default 'default',
  p_created_at  timestamptz default null
)
  returns text
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  return (select u.outcome
            from jophiel.upsert_items(jsonb_build_array(jsonb_build_object(
                   'item_id', p_item_id,
                   'title', p_title,
                   'tags', p_tags,
                   'metadata', p_metadata,
                   'creator_id', p_creator_id,
                   'description', p_description,
                   'domain', p_domain,
                   'created_at', p_created_at))) as u);
end;
$$;

comment on function jophiel.upsert_item(text, text, text[], jsonb, text, text, text, timestamptz) is
  'Creates or replaces one item; gives created, updated or unchanged. As jophiel.upsert_items(), which says what is stored and raised.';

create or replace function jophiel.upsert_item(
  p_item_id     bigint,
  p_title       text default '',
  p_tags        text[] default '{}',
  p_metadata    jsonb default '{}',
  p_creator_id  bigint default null,
  p_description text default '',
  p_domain      text default 'default',
  p_created_at  timestamptz default null
)
  returns text
  language plpgsql
  volatile
  set search_path = pg_catalog, pg_temp
as $$
begin
  return (select u.outcome
            from jophiel.upsert_items(jsonb_build_array(jsonb_build_object(
                   'item_id', p_item_id,
                   'title', p_title,
                   'tags', p_tags,
                   'metadata', p_metadata,
                   'creator_id', p_creator_id,
                   'description', p_description,
                   'domain', p_domain,
                   'created_at', p_created_at))) as u);
end;
$$;

comment on function jophiel.upsert_item(bigint, text, text[], jsonb, bigint, text, text, timestamptz) is
  'Creates or replaces one item; gives created, updated or unchanged. As jophiel.upsert_items(), which says what is stored and raised.';
