-- The shape in which the audio platform reads feeds and searches; one place, so that both are the same.
create or replace function jophiel._json_page(
  p_user     json,
  p_time     timestamptz,
  p_ids      bigint[],
  p_scores   real[],
  p_total    integer,
  p_page     integer,
  p_per_page integer,
  p_base     text
)
  returns text
  language plpgsql
  stable parallel safe
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_last constant integer := greatest(1, (p_total + p_per_page - 1) / p_per_page);
  v_list text;
begin
  if p_scores is null then
    v_list := '"sample_ids":' || jophiel._json_keys('item', coalesce(p_ids, '{}'));
  else
    select '"samples":[' || coalesce(string_agg('{"sample_id":' || jophiel._json_key('item', u.id) || ',"score":' || u.score || '}', ','
                                                order by u.place), '') || ']'
      into v_list
      from unnest(p_ids, p_scores) with ordinality as u (id, score, place);
  end if;

  return concat(
    '{"user_id":', coalesce(p_user::text, 'null'), ',"generated_at":"', jophiel._json_time(p_time), '",', v_list,
    ',"pagination":{"current_page":', p_page, ',"per_page":', p_per_page, ',"total":', p_total, ',"last_page":', v_last,
    ',"next_page_url":', case when p_page < v_last then to_json(concat(p_base, 'page=', p_page + 1, '&per_page=', p_per_page))::text else 'null' end,
    ',"prev_page_url":', case when p_page > 1 then to_json(concat(p_base, 'page=', least(p_page - 1, v_last), '&per_page=', p_per_page))::text else 'null' end,
    '}}');
end;
$$;

comment on function jophiel._json_page(json, timestamptz, bigint[], real[], integer, integer, integer, text) is
  'A page of ids (p_scores null) or of ids with scores as JSON text: user_id, generated_at, sample_ids or samples, pagination. p_base: what the addresses of the '
  'neighbouring pages begin with, up to and with ? or &.';
