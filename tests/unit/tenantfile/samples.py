"""A tenant file with one of everything."""

CONTOSO = """\
version: 1
tenant:
  name: Contoso
  slug: contoso
environments:
  - name: Sandbox
    host: https://Contoso.operations.dynamics.com/
    directory_tenant: contoso.onmicrosoft.com
    client_id: app
    client_secret: {env: CONTOSO_SECRET}
    legal_entities:
      USMF: Contoso US
      demf: ''
    event_rules:
      - event_type: OrderAgain
        record_kind: purchase_order
        keys:
          PurchaseOrderNumber: Number
accounts:
  - name: Main
    api_token: {env: CONTOSO_TOKEN}
    mutations_per_window: null
mappings:
  - name: Orders
    environment: Sandbox
    account: Main
    record_kind: purchase_order
    legal_entities: [usmf, demf]
    board_id: 00901
    key_column_id: record_key
    active: true
    listens: false
    cron: 15 6 * * 1-5
    conditions:
      - {field: CurrencyCode, is: [USD, EUR]}
      - {field: confirmation.TotalConfirmedAmount, at_least: 1000}
    group_field: dataAreaId
    groups:
      usmf: group_us
      demf: group_de
    columns:
      - column_id: status
        field: PurchaseOrderStatus
        labels:
          Backorder: Open order
          No: Not yet
          00123: 1_000
      - column_id: amount
        field: confirmation.TotalConfirmedAmount
        transform: round
        argument: 2
      - column_id: dynamics
        field: '@link'
  - name: Invoices
    environment: Sandbox
    account: Main
    record_kind: posted_invoice
    board_id: 00902
    key_column_id: record_key
    columns:
      - column_id: vendor
        field: InvoiceAccount
"""


def changed(old: str, new: str) -> str:
    """The file with one thing changed."""
    assert CONTOSO.count(old) == 1, f"{old!r} stands there {CONTOSO.count(old)} times"
    return CONTOSO.replace(old, new)
