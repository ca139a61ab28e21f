-- The heart: candidates of many users, scored by the whole formula, in one statement. The sources exclude each other (what is in
-- a probed cell or by a followed creator is not taken again as fresh or popular), so that no item needs to be de-duplicated, but for the neighbours:
-- they come with the same score twice, side by side.
-- Callers say how it is planned: for many users for the values at hand (force_custom_plan: branches that do not apply are folded away, a fifth less
-- for each user), for one once a session (force_generic_plan: to plan takes as long as to run).
create or replace function jophiel._rank_items(
  p_user_ids    bigint[],
  p_policy      jophiel.scoring_policies,
  p_domain      text,
  p_eligible    bigint[],
  p_probe_items integer,
  p_limit       integer,
  p_now         timestamptz,
  p_wish        public.vector default null
)
  returns table (user_id bigint, taste_version bigint, item_ids bigint[], scores real[])
  language plpgsql
  stable parallel safe
  rows 500
  -- To compile this takes longer than to run it.
  set jit = off
  set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant double precision := extract(epoch from p_now);
  v_decay constant double precision := -ln(2) / extract(epoch from p_policy.novelty_half_life);
  v_coarse constant integer := jophiel._setting('probe_coarse');
  v_followed constant integer := jophiel._setting('followed_items');
  v_fresh constant integer := jophiel._setting('fresh_items');
  v_popular constant integer := jophiel._setting('popular_items');
  v_following constant double precision := p_policy.following;
  v_novelty constant double precision := p_policy.novelty;
  v_model constant uuid := case when p_policy.neighbours > 0 then jophiel._active_model() end;
  -- 0 without a model: then all that has to do with neighbours is folded away.
  v_neighbours constant double precision := case when v_model is null then 0 else p_policy.neighbours end;
  v_doubles constant integer := case when v_neighbours > 0 and p_probe_items is not null then jophiel._setting('neighbour_candidates') else 0 end;
  v_hidden constant text[] := array(select t.interaction_type from jophiel.interaction_types as t where t.is_definitive);
begin
  return query
    with requests as materialized (
      select q.user_id,
             q.taste_version,
             q.query,
             q.popularity,
             q.followed,
             q.category,
             q.favourites,
             q.shares as favourite_shares,
             n.item_ids as near_ids,
             n.shares as near_shares,
             n.strongest,
             -- Cell 0 has what is in no cell yet, and domains too small for cells.
             0 || array(
               select n.cell
                 from jophiel._nearest_cells(p_domain, q.query, p_probe_items, v_coarse) as n
                where public.l2_norm(q.query) > 0) as cells
        from jophiel._user_queries(p_user_ids, p_policy, p_wish) as q
        left join lateral jophiel._user_neighbours(q.user_id, v_model) as n on v_neighbours > 0
    ),
    fresh as materialized (
      select f.*,
             row_number() over (order by f.created_epoch desc, f.item_id) <= v_fresh as is_for_all
        from jophiel._fresh_items(p_domain, p_eligible, greatest(v_fresh, p_limit)) as f
       where p_probe_items is not null
    ),
    popular as materialized (
      select f.*,
             exists (select from fresh where fresh.item_id = f.item_id) as is_fresh
        from jophiel._popular_items(p_domain, p_eligible, v_popular) as f
       where p_probe_items is not null
         and not exists (select from fresh where fresh.item_id = f.item_id and fresh.is_for_all)
    )
    select r.user_id, r.taste_version, coalesce(f.item_ids, '{}'), coalesce(f.scores, '{}')
      from requests as r
     cross join lateral (
             select array_agg(s.item_id) as item_ids, array_agg(jophiel._as_real(s.score)) as scores
               from (select distinct on (d.score, d.item_id) d.item_id, d.score
                       from (select c.item_id,
                                   jophiel._score(
                                     c.offer, r.query, v_now - c.created_epoch, v_novelty, v_decay,
                                     case when c.is_followed then v_following else 0::float8 end
                                     + case
                                         when r.popularity > 0
                                           then r.popularity * coalesce(
                                                  (select s.popularity from jophiel.item_stats as s where s.item_id = c.item_id), 0::real)
                                         else 0::float8
                                       end
                                     + case
                                         when v_neighbours > 0 then v_neighbours * jophiel._array_value(r.near_ids, r.near_shares, c.item_id)
                                         else 0::float8
                                       end
                                     + case
                                         when r.category > 0 then r.category * jophiel._array_value(r.favourites, r.favourite_shares, c.item_id)
                                         else 0::float8
                                       end) as score
                              from (select h.item_id, h.created_epoch, h.offer, (h.creator_id = any (r.followed)) is true as is_followed
                                      from jophiel.item_vectors as h
                                     where p_probe_items is null
                                       and (h.domain = p_domain or p_domain is null)
                                     union all
                                    select n.item_id, n.created_epoch, n.offer, (n.creator_id = any (r.followed)) is true
                                      from jophiel._nearest_items(r.cells, p_domain) as n
                                     where p_probe_items is not null
                                     union all
                                    select n.item_id, n.created_epoch, n.offer, true
                                      from jophiel._followed_items(r.followed, p_domain, v_followed) as n
                                     where p_probe_items is not null
                                       and n.cell <> all (r.cells)
                                     union all
                                    select n.item_id, n.created_epoch, n.offer, false
                                      from fresh as n
                                     -- Who has no cells to read gets a whole feed of what is new.
                                     where (n.is_for_all or r.cells = '{0}')
                                       and n.cell <> all (r.cells)
                                       and (n.creator_id = any (r.followed)) is not true
                                     union all
                                    select n.item_id, n.created_epoch, n.offer, false
                                      from popular as n
                                     where r.popularity > 0
                                       and not (n.is_fresh and r.cells = '{0}')
                                       and n.cell <> all (r.cells)
                                       and (n.creator_id = any (r.followed)) is not true
                                     union all
                                    select n.item_id, n.created_epoch, n.offer, false
                                      from jophiel._neighbour_items(r.favourites, p_domain) as n
                                     where r.category > 0
                                       and p_probe_items is not null
                                       and n.cell <> all (r.cells)
                                       and (n.creator_id = any (r.followed)) is not true
                                       and n.item_id not in (select fresh.item_id from fresh where fresh.is_for_all)
                                       and (r.cells <> '{0}' or n.item_id not in (select fresh.item_id from fresh))
                                       and (r.popularity = 0 or n.item_id not in (select popular.item_id from popular))
                                     union all
                                    select n.item_id, n.created_epoch, n.offer, (n.creator_id = any (r.followed)) is true
                                      from jophiel._neighbour_items(r.strongest, p_domain) as n
                                     where v_neighbours > 0
                                       and p_probe_items is not null
                                       and n.cell <> all (r.cells)) as c
                             where (p_eligible is null or c.item_id in (select unnest(p_eligible)))
                               and not exists (
                                     select
                                       from jophiel.interactions as x
                                      where x.user_id = r.user_id
                                        and x.item_id = c.item_id
                                        and x.is_active
                                        and x.interaction_type = any (v_hidden))
                             order by score desc, c.item_id
                             limit p_limit + v_doubles) as d
                      order by d.score desc, d.item_id
                      limit p_limit) as s) as f;
end;
$$;

comment on function jophiel._rank_items(bigint[], jophiel.scoring_policies, text, bigint[], integer, integer, timestamptz, public.vector) is
  'The best p_limit items of each known user, best first, ties by item id. p_eligible: only these items (null: any). p_probe_items: how many items to read from the nearest cells; null scans '
  'everything, which is exact. What the user has definitively acted on is left out. p_wish: what a request adds to every query, see _wish().';
