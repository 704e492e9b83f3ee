import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connectors', '0002_reference_hours'),
        ('mappings', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReferenceReading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('read_at', models.DateTimeField(help_text='The last full reading. Empty: never, so nothing is known.', null=True)),
                ('due_at', models.DateTimeField(help_text="The next reading, where it is not due by the environment's hours.", null=True)),
                ('attempts', models.PositiveIntegerField(default=0, help_text='Since the last full reading.')),
                ('problem', models.TextField(blank=True, default='')),
                ('environment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reference_readings', to='connectors.dynamicsenvironment')),
            ],
            options={
                'ordering': ['environment', 'kind'],
                'constraints': [models.UniqueConstraint(fields=('environment', 'kind'), name='reference_reading_once')],
            },
        ),
        migrations.CreateModel(
            name='ReferenceValue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('company', models.CharField(blank=True, default='', help_text='Empty: holds in all.', max_length=10, verbose_name='legal entity')),
                ('within', models.CharField(blank=True, default='', help_text='The dimension or chart of accounts it belongs to.', max_length=120)),
                ('value', models.CharField(max_length=120)),
                ('folded', models.CharField(editable=False, help_text='As Dynamics compares it.', max_length=250)),
                ('name', models.CharField(blank=True, default='', max_length=200)),
                ('suspended', models.BooleanField(default=False, help_text='It exists in Dynamics but is out of use.')),
                ('gone', models.BooleanField(default=False, help_text='Dynamics no longer has it.')),
                ('changed_at', models.DateTimeField(help_text='When it was first seen, or last seen to be different. Unchanged values are not written.')),
                ('environment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reference_values', to='connectors.dynamicsenvironment')),
            ],
            options={
                'verbose_name': 'reference value',
                'ordering': ['environment', 'kind', 'company', 'within', 'value'],
                'constraints': [models.UniqueConstraint(fields=('environment', 'kind', 'folded', 'company', 'within'), name='reference_value_once')],
            },
        ),
    ]
