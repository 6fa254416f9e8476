# Titles of refusals, by status.
error-title-401 = Sign in to go on
error-title-403 = Not allowed
error-title-404 = Not found
error-title-405 = Not possible here
error-title-409 = Not done
error-title-413 = Too large
error-title-422 = Something is wrong with the input
error-title-429 = Too many tries
error-title-500 = Something failed
error-title-507 = The disk is full

# Refusals; the commonest stand in web.ftl.
error-archived = This is archived and cannot be changed. Restore it first.
error-csrf = This did not come from one of our pages, so nothing was done. Load the page again and repeat it.
error-cursor = This place in the list is no longer known. Go back to the first page.
error-filter-value = This filter does not fit its field. Take it away and set it again.
error-json = The body is not the JSON that is expected: { $detail } (line { $line }, column { $column }).
error-no-such-field = There is no field “{ $field }” here, or it cannot be used this way.
error-no-such-sort = The list cannot be sorted by “{ $field }”. Choose another column.
error-payload = This is too large. Send less at once.
error-request = The request could not be read. Go back and try again.
error-schema-newer = The database was made by a newer version (step { $step }). Install that version or a later one.
error-undo-later-change = This was changed again afterwards, so it was not undone. See the history.
