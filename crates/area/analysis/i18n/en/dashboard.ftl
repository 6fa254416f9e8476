nav-dashboard = Dashboards

dashboard-one = Dashboard
dashboard-many = Dashboards
dashboard-group-main = Dashboard
dashboard-name = Name
dashboard-name_latin = Name in Latin letters
dashboard-owner_id = Owner
dashboard-sharing = Shared with
dashboard-sharing-private = Nobody
dashboard-sharing-team = The owner's team
dashboard-sharing-everyone = Everybody
dashboard-note = Note
dashboard-tiles = Tiles
dashboard-view-mine = Mine
dashboard-tab-tiles = Tiles
dashboard-empty = No tiles yet
dashboard-empty-text = Add saved analyses. Each tile shows the last result that is open to you.
dashboard-unseen = Analysis
dashboard-unseen-text = This analysis is not shared with you, or was put away.
dashboard-no-result = No result that is open to you.
dashboard-open = Open the result
dashboard-no-analyses = Make an analysis first.
dashboard-add = Add a tile
dashboard-show = Shown as
dashboard-show-chart = As the analysis shows it
dashboard-show-table = First rows
dashboard-show-number = Numbers of the first row
dashboard-run = Run all
dashboard-act-earlier = Move forward: { $what }
dashboard-act-later = Move back: { $what }
dashboard-act-widen = Broad or narrow: { $what }
dashboard-act-remove = Take off: { $what }
dashboard-said-changed = Dashboard changed
dashboard-said-run = { $n ->
    [one] 1 analysis runs
   *[other] { $n } analyses run
}
error-dashboard-tiles = A dashboard has at most { $most } tiles.
event-dashboard-created = New dashboard: { $what }
event-dashboard-changed = Dashboard changed: { $what }
event-dashboard-archived = Dashboard archived: { $what }
event-dashboard-restored = Dashboard restored: { $what }
