from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connectors', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='dynamicsenvironment',
            name='reference_hours',
            field=models.PositiveSmallIntegerField(default=24, help_text='Vendor accounts, dimension values, payment terms and the like are read in full. 0: only when asked for.', verbose_name='read reference data every (hours)'),
        ),
    ]
