nav-product = Products
product-one = Product
product-many = Products
product-group-main = Product
product-group-money = Price and cost
product-name = Name
product-name_latin = Latin name
product-sku = Product code
product-category_id = Category
product-kind = Kind
product-kind-goods = Goods
product-kind-service = Service
product-kind-digital = Digital
product-unit = Unit
product-price = Price
product-cost = Cost
product-currency = Currency
product-active = On sale
product-description = Description
product-tab-costs = Costs
product-costs-from = From
product-costs-margin = Margin at today’s price
product-costs-note = Written each time the cost changes
product-costs-unknown = unknown
product-costs-none = No cost yet
product-costs-none-text = Enter a cost on the product. From then on each change is kept here.

category-one = Category
category-many = Categories
category-group-main = Category
category-name = Name
category-name_latin = Latin name
category-code = Code
category-parent_id = Above it
category-margin_rate = Assumed gross margin
category-tab-products = Products
category-products-none = No products here
category-products-none-text = Choose this category on a product to see it here.

event-product-created = Product { $what } added
event-product-changed = Product { $what } changed
event-product-archived = Product { $what } archived
event-product-restored = Product { $what } restored
event-category-created = Category { $what } added
event-category-changed = Category { $what } changed
event-category-archived = Category { $what } archived
event-category-restored = Category { $what } restored

error-product-negative = Not below zero
error-category-margin = Between 0% and 100%
error-category-cycle = A category cannot stand below itself
error-category-used =
    { $n ->
        [one] One product or category still belongs to it. Move it first.
       *[other] { $n } products or categories still belong to it. Move them first.
    }
