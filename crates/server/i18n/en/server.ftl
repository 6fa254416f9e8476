nav-section-sales = Sales
nav-section-service = Service
nav-section-money = Money
nav-section-insight = Insight
nav-section-house = House
role-administrator = Administrator
role-manager = Manager
role-salesperson = Salesperson
role-service = Service
role-analyst = Analyst
notice-sample = Sample data: this company, its people and its figures are made up.
notice-complete-journey = Real purchases of a retailer's members (The Complete Journey, 2017, one household in eight). Margins are assumptions.
licences-title = Licences of what is served from here
problem-title = What this answer means
error-command-filter = --filter does not know “{ $name }”. It knows { $known }; write it as in the address of the list, for instance f=status:is:active&sort=-updated_at
