using Ferry.CompileAhead;

// What crossgen2 is to compile although it does not see that it is used: docs/decisions/0012.
if (args.Length < 3)
{
    Console.Error.WriteLine("usage: Ferry.CompileAhead PROFILE.mibc NAMES.txt ASSEMBLIES.txt");
    return 2;
}

var assemblies = new Assemblies(File.ReadAllLines(args[2]));
var profile = new ProfileWriter();
foreach (var box in AsyncBoxes.Of(assemblies)) profile.Add(new NamedMethods(box, null, []));
foreach (var named in NamedMethods.Read(args[1], assemblies, Console.Error)) profile.Add(named);
profile.Write(args[0]);
Console.WriteLine($"{profile.Methods} methods of {profile.Types} types are compiled ahead by name");
return 0;
