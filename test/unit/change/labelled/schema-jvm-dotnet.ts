import { adds, edits, type LabelledCase } from './labelled-case.ts';

const EXPOSED = `package shop

import org.jetbrains.exposed.dao.id.LongIdTable

object Orders : LongIdTable("orders") {
    val number = varchar("number", 32).uniqueIndex()
    val note = text("note").nullable()
}

fun label(number: String): String {
    val short = number.take(4)
    return short
}
`;

const EF_CONTEXT = `public class ShopContext : DbContext
{
    public DbSet<Order> Orders { get; set; }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Order>(order =>
        {
            order.Property(o => o.Number).HasMaxLength(32);
        });
    }

    public Task<int> CountAsync() => Orders.CountAsync();
}
`;

const EF_ENTITY = `using System.ComponentModel.DataAnnotations.Schema;

[Table("orders")]
public class Order
{
    public long Id { get; set; }
    public string Number { get; set; }
    public ICollection<Line> Lines { get; set; }
    public string Label() => Number;
}
`;

const LIQUIBASE_ROWS = `<databaseChangeLog>
  <changeSet id="7" author="ada">
    <insert tableName="roles">
      <column name="name" value="packer"/>
    </insert>
    <loadData file="countries.csv" tableName="countries"/>
  </changeSet>
</databaseChangeLog>
`;

const LIQUIBASE_YAML_ROWS = `databaseChangeLog:
  - changeSet:
      id: 8
      author: ada
      changes:
        - insert:
            tableName: roles
            columns:
              - column:
                  name: name
                  value: packer
`;

const EXPOSED_KEY = `import org.jetbrains.exposed.sql.Table

object Notes : Table("notes") {
    val id = integer("id").autoIncrement()
    val note = text("note")
    override val primaryKey get() = PrimaryKey(id)
}
`;

const EF_PLAIN = `namespace Post;

public class Parcel
{
    public long Id { get; set; }
    public string Number { get; set; }
    public Courier Courier { get; set; }
}

public class Route
{
    public string Depot { get; set; }
}
`;

const EF_BASE = {
  'Post.csproj':
    '<Project><ItemGroup><PackageReference Include="Microsoft.EntityFrameworkCore" /></ItemGroup></Project>\n',
  'Data/PostContext.cs':
    'public class PostContext : DbContext\n{\n    public DbSet<Parcel> Parcels => Set<Parcel>();\n    public DbSet<Courier> Couriers => Set<Courier>();\n}\n',
};

/** Entity Framework, Exposed, Hibernate, JPA, Liquibase. */
export const JVM_DOTNET_SCHEMA_CASES: readonly LabelledCase[] = [
  edits(
    'Exposed: a column may be null no more',
    true,
    'src/main/kotlin/Orders.kt',
    EXPOSED,
    EXPOSED.replace('.nullable()', ''),
  ),
  edits(
    'Exposed: code below the table',
    false,
    'src/main/kotlin/Orders.kt',
    EXPOSED,
    EXPOSED.replace('take(4)', 'take(6)'),
  ),
  edits(
    'Entity Framework: an index in the context',
    true,
    'src/ShopContext.cs',
    EF_CONTEXT,
    EF_CONTEXT.replace('HasMaxLength(32);', 'HasMaxLength(32);\n            order.HasIndex(o => o.Number).IsUnique();'),
  ),
  edits(
    'Entity Framework: a query in the context',
    false,
    'src/ShopContext.cs',
    EF_CONTEXT,
    EF_CONTEXT.replace('Orders.CountAsync()', 'Orders.Where(o => o.Open).CountAsync()'),
  ),
  edits(
    'Entity Framework: a column of a mapped class',
    true,
    'src/Order.cs',
    EF_ENTITY,
    EF_ENTITY.replace('    public ICollection', '    public string? Note { get; set; }\n    public ICollection'),
  ),
  edits(
    'Entity Framework: a method of a mapped class',
    false,
    'src/Order.cs',
    EF_ENTITY,
    EF_ENTITY.replace('=> Number', '=> Number.Trim()'),
  ),
  adds('Liquibase: rows only, XML', false, { 'src/main/resources/db/changelog/7-roles.xml': LIQUIBASE_ROWS }),
  adds('Liquibase: rows only, YAML', false, { 'src/main/resources/db/changelog/8-roles.yaml': LIQUIBASE_YAML_ROWS }),
  edits(
    'Entity Framework: another line break',
    false,
    'src/ShopContext.cs',
    EF_CONTEXT,
    EF_CONTEXT.replace(
      'order.Property(o => o.Number).Has',
      '// its number\n            order\n                .Property(o => o.Number)\n                .Has',
    ),
  ),
  edits(
    'Hibernate: a property',
    true,
    'src/Order.hbm.xml',
    '<hibernate-mapping>\n  <class name="Order">\n    <property name="a"/>\n  </class>\n</hibernate-mapping>\n',
    '<hibernate-mapping>\n  <class name="Order">\n    <property name="a"/>\n    <property name="b"/>\n  </class>\n</hibernate-mapping>\n',
  ),
  edits(
    "Exposed: the program's value, and another way to write the key",
    false,
    'src/main/kotlin/Notes.kt',
    EXPOSED_KEY,
    EXPOSED_KEY.replace('text("note")', 'text("note").clientDefault { "-" }').replace(
      ' get() = PrimaryKey(id)',
      ' = PrimaryKey(id)',
    ),
  ),
  edits(
    'Exposed: another key',
    true,
    'src/main/kotlin/Notes.kt',
    EXPOSED_KEY,
    EXPOSED_KEY.replace('PrimaryKey(id)', 'PrimaryKey(id, note)'),
  ),
  edits(
    'Entity Framework: a plain class that a context in another file keeps',
    true,
    'Models/Parcel.cs',
    EF_PLAIN,
    EF_PLAIN.replace('    public Courier', '    public decimal Weight { get; set; }\n    public Courier'),
    EF_BASE,
  ),
  edits(
    'Entity Framework: what has no column in such a class, and a class that no context keeps',
    false,
    'Models/Parcel.cs',
    EF_PLAIN,
    EF_PLAIN.replace(
      '    public Courier',
      '    public string Label { get; }\n    public Courier? Second { get; set; }\n    public Courier',
    ).replace(
      'public string Depot { get; set; }',
      'public string Depot { get; set; }\n    public int Floor { get; set; }',
    ),
    EF_BASE,
  ),
];
