"""What the notices service answers."""

from marshmallow import fields

from shared.views import View


class MailView(View):
    id = fields.String()
    state = fields.String()


class MailFatesView(View):
    """What became of mails, by id; unknown ids are left out."""

    items = fields.Dict(keys=fields.String(), values=fields.String())


class SubscriptionView(View):
    id = fields.String()
    name = fields.String()
    url = fields.String()
    events = fields.List(fields.String())
    state = fields.String()
    why = fields.String(allow_none=True)
    made_by = fields.String()
    created_at = fields.DateTime()
    failing_since = fields.DateTime(allow_none=True)


class CountedSubscriptionView(SubscriptionView):
    """A subscription with its messages of the last month, counted by state."""

    messages = fields.Dict(keys=fields.String(), values=fields.Integer())


class SecretSubscriptionView(SubscriptionView):
    """A subscription with its signing secret, which is shown this once."""

    secret = fields.String()


class DeliveryView(View):
    id = fields.String()
    type = fields.String()
    state = fields.String()
    tries = fields.Integer()
    status = fields.Integer(allow_none=True)
    fault = fields.String(allow_none=True)
    made_at = fields.DateTime()
    sent_at = fields.DateTime(allow_none=True)
    next_at = fields.DateTime(allow_none=True)


class ReplayView(View):
    messages = fields.Integer()
