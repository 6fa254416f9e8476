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
error-filter-all = This concerns everything in the list, but part of the list’s address does not hold: { $why } Take that away first.
error-filter-unread = “{ $text }” in the address is no filter or view of this list; it was left out.
error-field-hidden = “{ $field }” is hidden for your role, so it can be neither shown, filtered, sorted nor written. Ask an administrator if you need it.
error-json = This is not JSON at line { $line }, column { $column }. Correct that place and send it again.
error-json-missing = “{ $name }” is missing in the JSON (line { $line }, column { $column }). Add it and send it again.
error-json-shape = At line { $line }, column { $column } stands a JSON value of another kind than is expected. See the description of the API.
error-json-short = The JSON ends too early, at line { $line }, column { $column }. Send the whole of it.
error-json-unknown = There is no “{ $name }” here (line { $line }, column { $column }). Take it out, or correct its name.
error-method = This address does not take that kind of request. See the header Allow or the description of the API.
error-no-such-field = There is no field “{ $field }” here, or it cannot be used this way.
error-no-such-sort = The list cannot be sorted by “{ $field }”. Choose another column.
error-payload = This is too large. Send less at once.
error-request = The request could not be read. Go back and try again.
error-schema-newer = The database was made by a newer version (step { $step }). Install that version or a later one.
error-undo-later-change = This was changed again afterwards, so it was not undone. See the history.

# Calls to other servers.
error-outward-address = This is no address that can be called. Write it whole, such as https://example.com/hooks, without a name and password in it.
error-outward-plain = Only addresses with https:// are called. An administrator may allow others with private_calls = true in the configuration.
error-outward-private = This address leads into the own network, which is refused. An administrator may allow it with private_calls = true in the configuration.
error-outward-time = The other server did not answer within { $seconds } seconds. Try again later.
error-outward-connect = The other server cannot be reached. Check the address, or try again later.
error-outward-broken = The other server broke off the connection. Try again later.
