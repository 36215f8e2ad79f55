using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Identity.Users;

internal sealed class Users(Db db, TimeProvider clock) : IUsers
{
    /// <summary>How old a row may be before a token refreshes it.</summary>
    private static readonly TimeSpan _fresh = TimeSpan.FromMinutes(1);

    public async Task<Guid> SignIn(SignedIn who, CancellationToken ct)
    {
        var now = clock.Now();
        var args = new { id = Guid.CreateVersion7(), who.Subject, who.Email, who.FirstName, who.LastName, who.IsClient, now, stale = now - _fresh };

        // A row that another request inserts meanwhile is not in this statement's snapshot: the second look finds it.
        return await db.OneOrNone<Guid?>(Sql.Of<Users>("SignIn"), args, ct)
            ?? await db.One<Guid>(Sql.Of<Users>("SignIn"), args, ct);
    }

    public async Task<IReadOnlyDictionary<Guid, User>> ByIds(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        ids.Count == 0
            ? new Dictionary<Guid, User>()
            : (await db.Many<User>(Sql.Of<Users>("UsersByIds"), new { ids }, ct)).ToDictionary(user => user.Id);
}
