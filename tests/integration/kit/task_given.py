"""What a page of docs/tasks/ takes for granted and says so: files of somebody else, and servers beside httpd.

GIVEN: the page → context managers, called with the TaskMachine and pki.Pki before httpd starts.
"""

GIVEN = {}
